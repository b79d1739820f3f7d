"""What a person sees on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.status import Status
from rich.table import Table
from rich.tree import Tree

from api.story.issuing import money
from api.story.stage import Refusal, Scene
from chain.progress import Progress as ReplayProgress

if TYPE_CHECKING:
    from api.bench.differential import DifferentialReport
    from api.bench.gas import GasReport
    from api.bench.headers import HeadersReport
    from api.bench.load.report import LoadReport
    from api.http.gateway import Gateway
    from api.story.play import Outcome
    from chain.bundle import BundleReport
    from chain.lineage import Lineage
    from chain.replay import Replay
    from credit.bench import ScorecardReport


@dataclass(slots=True)
class Teller:
    """Prints scenes and refusals as they happen, with a status line for what takes a moment."""

    console: Console
    status: Status
    act: str = ""
    acts: int = 0

    def tell(self, told: Scene | Refusal) -> None:
        """Prints one scene or refusal."""
        if told.act != self.act:
            self.act = told.act
            self.acts += 1
            self.console.print()
            self.console.rule(f"[bold]{self.acts}. {escape(told.act)}", align="left", style="cyan")
        self.status.update(f"{told.act} …")
        if isinstance(told, Refusal):
            self.console.print(f"  [red]✗ {escape(told.attempt)}[/]{_where(told)}")
            self.console.print(f"    [red dim]refused by {told.rule}:[/] [dim]{escape(told.message)}[/]")
            self.console.print(f"    [dim]{told.policy}: {escape(told.citation)}[/]")
            return
        self.console.print(f"  [green]✓[/]{_where(told)} [bold]{escape(told.who)}[/] {escape(told.did)}")
        if told.saw:
            self.console.print(f"    [dim]saw: {escape(told.saw)}[/]")
        if told.did_not_see:
            self.console.print(f"    [dim]did not see: {escape(told.did_not_see)}[/]")

    def doing(self, what: str) -> None:
        """Says what takes a moment."""
        self.status.update(f"{what} …")


@contextmanager
def teller(console: Console) -> Iterator[Teller]:
    """A teller with its status line, for as long as the story lasts."""
    with console.status("starting …") as status:
        yield Teller(console, status)


@contextmanager
def replay_progress(console: Console) -> Iterator[ReplayProgress]:
    """A progress bar for a replay on its own."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("replaying", total=None)

        def told(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield told


def print_outcome(console: Console, outcome: Outcome) -> None:
    """The story in sum: who holds what, what the score cost, what the replay says."""
    console.print()
    console.print(_tree(outcome.tree, outcome.names))
    console.print(_payouts(outcome))
    score, replay = outcome.score, outcome.audited.replay
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Score", f"{score.private} computed privately, {score.clear} in the clear")
    facts.add_row(
        "Proof",
        f"{score.proof_bytes} bytes, {score.prove_ms:.1f} ms to prove, {score.verify_ms:.1f} ms to verify",
    )
    facts.add_row("Refused", f"{len(outcome.refusals)} attempts, each by its rule")
    facts.add_row("Replay", f"{replay.verdict}: {replay.events} events, {replay.words} stored words")
    facts.add_row("Tampering", str(outcome.audited.difference))
    facts.add_row("Took", f"{outcome.seconds:.1f} s on {outcome.engine}")
    console.print(Panel(facts, title="Counterfoil", border_style="cyan", expand=False))


def print_replay(console: Console, replay: Replay) -> None:
    """A replay's verdict, its invariants and every difference."""
    table = Table(title=f"Blocks {replay.first_block} to {replay.last_block}", title_justify="left")
    table.add_column("Invariant")
    table.add_column("Holds")
    for invariant in replay.invariants:
        holds = "[green]yes[/]" if not invariant.breaches else f"[red]{escape(invariant.breaches[0])}[/]"
        table.add_row(escape(invariant.states), holds)
    console.print(table)
    console.print(
        f"{replay.events} events in {replay.transactions} transactions, {replay.words} stored words compared"
    )
    for difference in replay.differences:
        console.print(f"[red]{escape(str(difference))}[/]")
    colour = "green" if replay.agrees else "red"
    console.print(f"[bold {colour}]The replay {replay.verdict}.[/]")


def print_bundle_report(console: Console, report: BundleReport) -> None:
    """What the verification of a bundle found: where it begins and ends, what was checked, what differs."""
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Chain", f"{report.chain_id}, exported from {escape(report.engine)}")
    if (finality := report.finality) is None:
        facts.add_row("First header, believed", f"block {report.first_block} {report.first_hash}")
    else:
        pinned = "as you named it" if finality.pinned else "believed"
        facts.add_row("Genesis", f"{finality.genesis}, {pinned}")
        facts.add_row(
            "Finality",
            f"{finality.engine}: {finality.certificates} blocks with a quorum of seals, "
            f"{finality.later_rounds} of them in a later round",
        )
        sealed = (f"{address} {count}" for address, count in finality.committers.items())
        facts.add_row("Sealed by", ", ".join(sealed))
        for change in finality.changes:
            told = [f"+{each}" for each in change.added] + [f"-{each}" for each in change.removed]
            facts.add_row(f"Validators from block {change.block + 1}", " ".join(told))
    facts.add_row("Last header", f"block {report.last_block} {report.last_hash}")
    facts.add_row(
        "Verified",
        f"{report.blocks} blocks, {report.transactions} transactions, {report.events} events, "
        f"{report.words} storage words",
    )
    refused = ", ".join(f"{count} by {rule}" for rule, count in report.refused.items()) or "none"
    facts.add_row("Failed transactions, refused by the rules as well", refused)
    facts.add_row(
        "Bound to the state root", ", ".join(f"{name}: {how}" for name, how in report.bound.items())
    )
    facts.add_row("Rates", ", ".join(f"{name} {rate:,.0f}/s" for name, rate in report.rates.items()))
    console.print(Panel(facts, title="Audit bundle", border_style="cyan", expand=False))
    for note in report.notes:
        console.print(f"[dim]{escape(note)}[/]")
    for divergence in report.divergences:
        console.print(f"[red]{escape(str(divergence))}[/]")
    colour = "green" if report.agrees else "red"
    console.print(f"[bold {colour}]The bundle {report.verdict}.[/]")


def print_headers(console: Console, report: HeadersReport, goal: int) -> None:
    """Headers verified a second by engine, and what the peer does of the same."""
    title = f"Headers a second, {report.validators} validators, {report.headers:,} headers of each engine"
    table = Table(title=title, title_justify="left")
    for column in ("Engine", f"{report.processes} processes, by the clock", "One core", "Peer, one core"):
        table.add_column(column)
    table.add_column("Ratio to the peer")
    for engine, rate in report.engines.items():
        ours, own, peer = (f"{each:,.0f}" for each in (rate.by_the_clock, rate.a_core, rate.peer_a_core))
        table.add_row(engine, ours, own, peer, f"{rate.ratio:.2f}")
    console.print(table)
    console.print(f"[dim]Goal: {goal:,} by the clock. Peer: {escape(report.peer)}.[/]")


def print_load(console: Console, report: LoadReport) -> None:
    """Finalised splits a second by way of sending, beside the bare nodes."""
    title = (
        f"Finalised splits, four validators, {report.suppliers} signers, {report.database}, "
        f"{report.on_their_way:,} on their way at most"
    )
    table = Table(title=title, title_justify="left")
    for column in ("Way", "A second", "Ratio to raw", "p50 s", "p95 s", "p99 s", "Splits"):
        table.add_column(column, justify="left" if column == "Way" else "right")
    for name in ("raw", "api_batch", "api_single", "half_load"):
        rate = getattr(report, name)
        ratio = f"{report.ratios[name]:.2f}" if name in report.ratios else ""
        seconds = (f"{each:.2f}" for each in (rate.p50, rate.p95, rate.p99))
        table.add_row(name, f"{rate.per_second:,.0f}", ratio, *seconds, f"{rate.count:,}")
    console.print(table)
    console.print(
        f"[dim]Raw is signed {report.raw_signs}. On the chain: {report.on_chain:,} of {report.sent:,} "
        f"splits, {report.lost} lost, {report.doubled} doubled; {report.gas:,} gas each. "
        f"Goals: raw {report.goals['raw']:.0f}/s, batch {report.goals['api_batch']}, "
        f"single {report.goals['api_single']}, p95 at half load {report.goals['half_load_p95']:.0f} s.[/]"
    )


def print_gas(
    console: Console, report: GasReport, peers: Mapping[str, int], goals: Mapping[str, int]
) -> None:
    """Gas by operation beside what it is to stay under, and the peers'."""
    table = Table(title="Gas, as in a block", title_justify="left")
    table.add_column("Operation")
    table.add_column("Gas", justify="right")
    table.add_column("Goal", justify="right")
    rows = {
        "split": "Split into two, one offered",
        "transfer": "Whole voucher passed on by its holder",
        "offer_accept": "Whole voucher passed on and accepted",
        "signed_transfer": "The same in one, with a signed acceptance",
        "batch_leg": "Leg in a split of 100",
        "redeem": "Redemption of one of 100, paid in full",
        "redeem_part": "Redemption of one of 100, paid in part",
        "attest": "Attestation",
        "anchored_leaf": "Statement in an anchored batch of 1,000",
    }
    for name, operation in rows.items():
        used, goal = getattr(report, name), goals.get(name)
        shown = f"{used:,.1f}" if isinstance(used, float) else f"{used:,}"
        over = goal is not None and used > goal
        aim = "" if goal is None else f"≤ {goal:,}"
        table.add_row(operation, f"[red]{shown}[/]" if over else shown, f"[dim]{aim}[/]")
    table.add_section()
    for peer, used in peers.items():
        table.add_row(f"[dim]{escape(peer)}[/]", f"[dim]{used:,}[/]", "")
    console.print(table)


def print_scorecard(console: Console, report: ScorecardReport) -> None:
    """What a scorecard is worth, with its uncertainty."""
    data = report.to_dict()
    table = Table(title="Scorecard, cross-validated", title_justify="left")
    table.add_column("Figure")
    table.add_column("Value", justify="right")
    table.add_row("Labelled firms (defaults)", f"{data['firms']} ({data['defaults']})")
    table.add_row("AUC (95% interval)", f"{data['auc']:.3f} ({data['auc_low']:.3f}–{data['auc_high']:.3f})")
    table.add_row("KS (95% interval)", f"{data['ks']:.3f} ({data['ks_low']:.3f}–{data['ks_high']:.3f})")
    table.add_row("AUC of yearly sales alone", f"{data['sales_auc']:.3f}")
    table.add_row("Firms scored both ways", f"{data['scored_firms']}")
    table.add_row(
        "Largest gap to the clear score (bound)",
        f"{data['quantisation_gap']:.6f} ({data['quantisation_bound']:.6f}) log-odds",
    )
    table.add_row("Took", f"{data['seconds']:.1f} s")
    console.print(table)


def print_tokens(console: Console, url: str, gateway: Gateway, tokens: Mapping[str, str]) -> None:
    """Who may act on a ledger to play with, and the token each acts by; shown once."""
    table = Table(title=f"Serving {url}/docs", title_justify="left")
    table.add_column("As")
    table.add_column("Participant")
    table.add_column("Bearer token", no_wrap=True)
    for alias, token in tokens.items():
        member = gateway.bearer(token)
        table.add_row(alias, f"{member.number} {escape(member.name)}" if member else "", token)
    console.print(table)


def _where(told: Scene | Refusal) -> str:
    return f" [cyan]{escape(told.where)}[/]" if told.where else ""


def _tree(lineage: Lineage, names: dict[int, str]) -> Tree:
    issue = lineage.issue
    tree = Tree(
        f"[bold]Receivable {lineage.number}[/] {money(issue.face)}, owed by {escape(names[issue.debtor])}"
    )
    branches: dict[int, Tree] = {}
    for node in lineage.nodes:
        voucher = node.voucher
        text = (
            f"voucher {node.id}: {escape(names[voucher.holder])} holds {money(voucher.length)} "
            f"[dim]\\[{node.start}, {node.end}), tier {voucher.tier}[/]"
        )
        above = branches.get(node.parent, tree) if node.parent is not None else tree
        branches[node.id] = above.add(text)
    return tree


def _payouts(outcome: Outcome) -> Table:
    table = Table(title="Paid out", title_justify="left")
    table.add_column("Voucher")
    table.add_column("Holder at the end")
    table.add_column("Amount", justify="right")
    for payout in outcome.settled.payouts:
        table.add_row(str(payout.voucher), escape(outcome.names[payout.holder]), money(payout.amount))
    table.add_section()
    table.add_row("", "", money(sum(payout.amount for payout in outcome.settled.payouts)))
    return table


def print_differential(console: Console, report: DifferentialReport) -> None:
    """What a differential run came to: how fast, what was refused by which rule, and whether all agreed."""
    console.print(
        f"{report.operations:,} operations of seed {report.seed} in {report.seconds:,.1f} s "
        f"({report.per_second:,.0f}/s), {report.refused_share:.1%} refused; "
        f"{report.words:,} storage words compared",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(title="Refused, by rule", title_justify="left")
    table.add_column("Rule")
    table.add_column("Operations", justify="right")
    for rule, count in report.refused.items():
        table.add_row(rule, f"{count:,}")
    console.print(table)
    if report.disagreement:
        console.print(f"[red]{escape(report.disagreement)}[/]", soft_wrap=True)
        console.print("[bold red]Contracts and rules disagree.[/]")
    else:
        console.print("[bold green]Contracts and rules agree on every operation.[/]")
