"""Figures in Prometheus' text exposition format, version 0.0.4 (prometheus.io/docs/instrumenting)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.http.condition import PARTS, Alarm, Figures

Sample = tuple[str, float]
"""Labels as they are written, and a value."""


def metrics_text(alarms: Sequence[Alarm], node_block: int | None, figures: Figures | None) -> str:
    """The figures of a gateway; what is not known is left out."""
    raised = {alarm.part for alarm in alarms}
    lines = _gauge(
        "alarm", "Whether a part of the gateway has stopped or is away.", _labelled("part", PARTS, raised)
    )
    if node_block is not None:
        lines += _gauge("node_block", "Number of the node's newest block.", [("", node_block)])
    if figures is not None:
        lines += _gauge(
            "transactions",
            "Transactions under way, by state.",
            [(f'{{state="{state.value}"}}', count) for state, count in figures.transactions.items()],
        )
        lines += _gauge(
            "oldest_unsent_seconds",
            "Age of the oldest transaction that no node has taken.",
            [("", round(figures.oldest_unsent, 3))],
        )
        if figures.model_block is not None:
            lines += _gauge(
                "read_model_block", "Number of the read model's newest block.", [("", figures.model_block)]
            )
        if figures.model_block is not None and node_block is not None:
            lag = max(0, node_block - figures.model_block)
            lines += _gauge(
                "read_model_lag_blocks", "Blocks that the read model is behind the node.", [("", lag)]
            )
    return "\n".join(lines) + "\n"


def _labelled(label: str, values: Iterable[str], raised: set[str]) -> list[Sample]:
    return [(f'{{{label}="{value}"}}', float(value in raised)) for value in values]


def _gauge(name: str, what: str, samples: Iterable[Sample]) -> list[str]:
    full = f"counterfoil_{name}"
    return [
        f"# HELP {full} {what}",
        f"# TYPE {full} gauge",
        *(
            f"{full}{labels} {value:g}" if value < 1e6 else f"{full}{labels} {value:.0f}"
            for labels, value in samples
        ),
    ]
