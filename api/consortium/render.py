"""What a person sees of a consortium's story once it is over."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from api.consortium.story import Outcome


def print_outcome(console: Console, outcome: Outcome) -> None:
    """The story in sum: who agreed with whom on what, and how long it took."""
    compared, report = outcome.compared, outcome.audited.report
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Validators", ", ".join(member.name for member in outcome.network.members))
    for member, url in outcome.gateways.items():
        names = [str(player) for player in outcome.players.values() if player.member == member]
        facts.add_row(
            f"Gateway of {member}", f"{url}, {outcome.databases[member]}: {escape(', '.join(names))}"
        )
    scored = outcome.scored
    facts.add_row(
        "Score", f"{scored.private} computed privately between members, {scored.clear} in the clear"
    )
    facts.add_row("Refused", f"{len(outcome.refusals)} attempts, each by its rule")
    for member, hashed in compared.hashes.items():
        facts.add_row(f"Block {compared.block} at {member}", hashed)
    facts.add_row("Clearing list", str(outcome.settled.clearing["hash"]))
    facts.add_row("Bundle", f"{report.verdict}: {report.events} events, {report.words} stored words")
    if report.finality:
        facts.add_row(
            "Finality",
            f"{report.finality.certificates} blocks, each sealed by a quorum of "
            f"{len(report.finality.validators)} validators",
        )
    facts.add_row("Writes", f"{outcome.writes} through the outboxes, {outcome.pace:.1f} s each until final")
    times = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in outcome.times.items())
    facts.add_row("Took", f"{sum(outcome.times.values()):.0f} s: {times}")
    console.print()
    console.print(Panel(facts, title="Counterfoil consortium", border_style="cyan", expand=False))
