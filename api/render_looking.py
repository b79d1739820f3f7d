"""What a person sees of a ledger that is looked at: lists, orders, parameters and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from api.policies import PolicyHistory
    from chain.clearing import ClearingList
    from chain.rules.priority import Right
    from flows.reconciliation import Reconciliation


def print_clearing(console: Console, cleared: ClearingList) -> None:
    """A clearing list: every line, what each receivable comes to, and the hash it is known by."""
    table = Table(title=f"Clearing list at block {cleared.block.number}", title_justify="left")
    for column in ("Id", "Voucher", "Payee", "Why"):
        table.add_column(column)
    table.add_column("Amount", justify="right")
    for line in cleared.lines:
        why = f"{line.why.value} {line.hop}" if line.hop else line.why.value
        table.add_row(line.id, str(line.voucher or ""), str(line.payee), why, f"{line.amount:,}")
    for each in cleared.receivables:
        table.add_section()
        table.add_row("", "", "", f"receivable {each.receivable}, {cleared.basis.value}", f"{each.total:,}")
    console.print(table)
    console.print(f"0x{cleared.digest().hex()}", highlight=False, soft_wrap=True)


def print_reconciliation(console: Console, found: Reconciliation) -> None:
    """Every line's outcome, what was left over, and the sums."""
    table = Table(title="Reconciliation", title_justify="left")
    for column in ("Line", "Status"):
        table.add_column(column)
    for column in ("To be paid", "Paid"):
        table.add_column(column, justify="right")
    for one in found.outcomes:
        colour = "green" if one.status == "matched" else "red"
        amounts = (f"{one.line.amount:,f} {one.line.currency}", f"{one.paid:,f}")
        table.add_row(escape(one.line.id), f"[{colour}]{one.status.value}[/]", *amounts)
    for left in found.leftovers:
        entry = left.entry
        what = f"{escape(entry.end_to_end_id or entry.id)} (no line)"
        table.add_row(f"[dim]{what}[/]", f"[dim]{left.reason.value}[/]", "", f"[dim]{entry.amount:,f}[/]")
    for sums in found.sums:
        table.add_section()
        paid = f"{sums.paid:,f}" + (f", and {sums.leftover:,f} for no line" if sums.leftover else "")
        table.add_row("", "", f"{sums.expected:,f} {sums.currency}", paid)
    console.print(table)
    colour, verdict = ("green", "agree") if found.agrees else ("red", "do not agree")
    console.print(f"[bold {colour}]The statements {verdict}.[/]")


def print_policies(console: Console, found: Iterable[PolicyHistory]) -> None:
    """Every parameter with each of its versions and what that rests on."""
    table = Table(title="Policies", title_justify="left")
    for column in ("Parameter", "Value", "From", "Rests on"):
        table.add_column(column)
    for policy in found:
        for version in policy.versions:
            citation = version.citation
            since = datetime.fromtimestamp(version.effective_from, UTC).date().isoformat()
            rests = escape(f"{citation.document} {citation.article}")
            value = f"{version.value:,}" + (" now" if version.value == policy.value else "")
            table.add_row(policy.name, value, since, rests)
    console.print(table)


def print_priority(console: Console, ranks: Iterable[Iterable[Right]], shares: list[int] | None) -> None:
    """Who claims a receivable in which order, and what each gets of an amount."""
    table = Table(title="Order of claims (Civil Code, article 768)", title_justify="left")
    for column in ("Rank", "Claimant", "Under", "Registered", "Noticed"):
        table.add_column(column)
    for column in ("Claims", "Gets") if shares is not None else ("Claims",):
        table.add_column(column, justify="right")
    left = iter(shares or ())
    for place, rank in enumerate(ranks, start=1):
        for right in rank:
            under = f"voucher {right.voucher}" if right.voucher else f"claim {right.claim}"
            times = [
                datetime.fromtimestamp(at, UTC).isoformat(" ", "seconds") if at else "no"
                for at in (right.registered_at, right.noticed_at)
            ]
            amounts = [f"{right.amount:,}", *(f"{next(left):,}" for _ in [0] if shares is not None)]
            table.add_row(str(place), str(right.claimant), under, *times, *amounts)
    console.print(table)


def print_facts(console: Console, title: str, facts: Mapping[str, object]) -> None:
    """One thing's facts, a line each."""
    table = Table(title=escape(title), title_justify="left", show_header=False)
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), escape("" if value is None else str(value)))
    console.print(table)
