"""A report as one page that a person can read and file: no scripts, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from chain.bundle.divergence import Divergence
from chain.bundle.finality import Finality
from chain.bundle.report import BundleReport

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
    "th{font-weight:600;width:16rem}td{overflow-wrap:anywhere}.agrees{color:#0a6b2d}.differs{color:#a11212}"
)

_BOUND = {
    "whole": "proved under the last header: these words and no others",
    "each word": "each word proved under the last header",
    "not": "as the node said, not proved",
}


def report_page(report: BundleReport) -> str:
    """The report as a self-contained HTML page."""
    verdict = "The bundle agrees 一致" if report.agrees else "The bundle differs 不一致"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>Audit bundle: {report.verdict}</title><style>{_STYLE}</style></head><body>",
        f'<h1 class="{report.verdict}">{verdict}</h1>',
        _section("What was verified 范围", _scope(report)),
        _differences(report.divergences),
        _section("Finality 共识与终局", _finality(report.finality)),
        _section("Changes of validators 验证节点变更", _changes(report.finality)),
        _section("Contracts 合约", _contracts(report)),
        _section("Failed transactions, by the rule that refuses them 拒绝", _refused(report)),
        "<h2>What this does not say 说明</h2><ul>",
        *(f"<li>{escape(note)}</li>" for note in report.notes),
        "</ul>",
        _section("How long it took 用时", _rates(report)),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _scope(report: BundleReport) -> Iterable[tuple[str, str]]:
    yield "Engine, chain id", f"{report.engine}, {report.chain_id}"
    believed = "First block" if report.finality else "First block (believed)"
    yield believed, f"{report.first_block} · {report.first_hash}"
    yield "Last block", f"{report.last_block} · {report.last_hash}"
    yield "Time of the last block", datetime.fromtimestamp(report.last_time, UTC).isoformat(" ")
    yield "State root", report.state_root
    yield "Blocks, transactions", f"{report.blocks:,}, {report.transactions:,}"
    yield "Of the ledger: transactions, events", f"{report.ledger_transactions:,}, {report.events:,}"
    yield "Storage words compared", f"{report.words:,}"
    yield "Checkpoints of the invariants", f"{report.checkpoints:,} and the end"


def _finality(finality: Finality | None) -> Iterable[tuple[str, str]]:
    if finality is None:
        return
    pinned = "the one you named" if finality.pinned else "believed"
    yield "Engine", finality.engine
    yield "Genesis", f"{finality.genesis} · {pinned}"
    yield "Blocks with a quorum of seals", f"{finality.certificates:,}"
    yield "Of these not in their first round", f"{finality.later_rounds:,}"
    for address in sorted({*finality.validators, *finality.committers}):
        committed, proposed = (counts.get(address, 0) for counts in (finality.committers, finality.proposers))
        now = "" if address in finality.validators else " · no longer a validator"
        yield address, f"sealed {committed:,}, proposed {proposed:,}{now}"


def _changes(finality: Finality | None) -> Iterable[tuple[str, str]]:
    for change in finality.changes if finality else ():
        told = [f"+ {address}" for address in change.added] + [f"− {address}" for address in change.removed]
        yield f"From block {change.block + 1:,} on", " ".join(told)


def _contracts(report: BundleReport) -> Iterable[tuple[str, str]]:
    for name, address in report.addresses.items():
        how = _BOUND.get(report.bound.get(name, ""), "storage not reached")
        yield name, f"{address} · {how}"


def _refused(report: BundleReport) -> Iterable[tuple[str, str]]:
    return ((rule, f"{count:,}") for rule, count in sorted(report.refused.items()))


def _rates(report: BundleReport) -> Iterable[tuple[str, str]]:
    yield "By the clock", f"{report.seconds.get('elapsed', 0):,.1f} s"
    for what, rate in report.rates.items():
        yield f"Events a second: {what}", f"{rate:,.0f}"


def _differences(divergences: Iterable[Divergence]) -> str:
    items = "".join(f"<li>{escape(str(each))}</li>" for each in divergences)
    return f"<h2>Differences, the first first 差异</h2><ol>{items}</ol>" if items else ""


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<h2>{escape(title)}</h2><table>{cells}</table>" if cells else ""
