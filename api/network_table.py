"""How a network is, as a table and as data."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chain.network.layout import Network
from chain.network.status import NetworkStatus, NodeStatus, network_status

COLOURS = {"up": "green", "silent": "yellow", "down": "red", "elsewhere": "dim"}
LAGGING = 2


def status_data(seen: NetworkStatus) -> str:
    """A network's status as JSON."""
    return json.dumps(seen.to_json(), indent=2)


def status_table(seen: NetworkStatus) -> RenderableType:
    """A row for each node, and below it who made and signed the highest head."""
    names = {node.address: node.name for node in seen.nodes}
    table = Table(title=f"Chain {seen.chain_id}", title_justify="left")
    table.add_column("Member")
    table.add_column("Node")
    table.add_column("Validates")
    for figure in ("Height", "Lag", "Peers", "Round"):
        table.add_column(figure, justify="right")
    table.add_column("Proposer")
    for node in seen.nodes:
        table.add_row(*_row(node, seen, names))
    return Group(table, *_head(seen, names))


def watch(console: Console, network: Network) -> None:
    """Shows the table and renews it every second, until the user ends it."""
    with Live(status_table(network_status(network)), console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(1)
                live.update(status_table(network_status(network)), refresh=True)
        except KeyboardInterrupt:
            return


def _row(node: NodeStatus, seen: NetworkStatus, names: dict[str, str]) -> list[Text]:
    lag = Text("" if node.lag is None else str(node.lag), "yellow" if (node.lag or 0) > LAGGING else "")
    return [
        Text(node.name),
        Text(node.state, COLOURS[node.state]),
        Text("yes" if node.address in seen.validators else "no" if seen.validators else "?"),
        Text("" if node.height is None else f"{node.height:,}"),
        lag,
        Text("" if node.peers is None else str(node.peers)),
        Text(str(node.seals.round) if node.seals else ""),
        Text(names.get(node.seals.proposer, node.seals.proposer) if node.seals else ""),
    ]


def _head(seen: NetworkStatus, names: dict[str, str]) -> list[Text]:
    highest = seen.highest
    if highest is None or highest.timestamp is None:
        return [Text("No node answers.", "red")]
    age = (datetime.now(UTC) - datetime.fromtimestamp(highest.timestamp, UTC)).total_seconds()
    lines = [Text(f"Head {highest.height:,} {(highest.hash or '')[:18]}…, {max(0.0, age):.0f} s old")]
    if highest.seals:
        signed = ", ".join(sorted(names.get(one, one) for one in highest.seals.committers))
        lines.append(
            Text(f"signed by {signed}: {len(highest.seals.committers)} of {len(seen.validators)} validators")
        )
    if seen.can_finalise:
        lines.append(Text(f"{seen.validators_up} validators answer, {seen.quorum} are needed", "green"))
    else:
        lines.append(
            Text(f"{seen.validators_up} validators answer, {seen.quorum} are needed: no blocks", "bold red")
        )
    if seen.agree is False:
        lines.append(Text("The nodes have different blocks at the same height.", "bold red"))
    return lines
