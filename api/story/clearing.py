"""Clearing (清分): who is to be paid what, the bank's instructions, its statement, and the reconciliation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from api.payments import BankAccount, initiation_of, lines_of
from api.story.issuing import money
from api.story.papers import day
from api.story.stage import Stage, StoryBroken
from chain.clearing import Basis, ClearingList, clear
from chain.clearing_source import read_block, read_clearing_state
from flows.camt import read_camt
from flows.pain import read_pain001
from flows.pain_writer import write_pain001
from flows.payments import PaymentInstruction
from flows.reconciliation import Reconciliation, Status, reconcile
from flows.records import CashEntry
from flows.sample_statements import bookings, write_sample_statement


@dataclass(frozen=True, slots=True)
class Carried:
    """A list that was paid: its hash, how many lines it had and what they came to in fen."""

    digest: str
    block: int
    lines: int
    amount: int
    statuses: tuple[str, ...]


def work_out(stage: Stage, numbers: tuple[int, ...]) -> ClearingList:
    """The clearing list of what was paid and nobody has been redeemed for."""
    with stage.engine.lock:
        state = read_clearing_state(stage.ledger, numbers)
        cleared = clear(state, read_block(stage.ledger), Basis.PAID, numbers)
    names = {player.number: player.label for player in stage.cast.players.values()}
    paid = ", ".join(f"{names[line.payee]} {money(line.amount)} ({line.why.value})" for line in cleared.lines)
    stage.scene(
        str(stage.cast["settlement"]),
        f"worked out the clearing list at block {cleared.block.number}: {paid}; "
        f"hash 0x{cleared.digest().hex()[:12]}…",
        saw="vouchers, holders and what is due back to whom",
        did_not_see="trades, prices of financings, scores",
    )
    return cleared


def carry_out(stage: Stage, cleared: ClearingList, *, first_try_fails: bool = False) -> Carried:
    """The bank is instructed, pays and reports; every line is found on its statement to the last fen.

    With `first_try_fails` the last payment is not made on the first day.
    """
    settlement = stage.cast["settlement"]
    name = cleared.digest().hex()[:12]
    today = day(stage.now())
    accounts = {
        player.number: BankAccount(player.party, f"6222-{part}")
        for part, player in stage.cast.players.items()
    }
    message = stage.folder / f"{name}-pain001.xml"
    write_pain001(message, initiation_of(cleared, accounts, settlement.party, today))
    initiation = read_pain001(message)
    (instruction,) = initiation.instructions
    stage.scene(
        str(settlement),
        f"instructed {len(instruction.transfers)} payments as pain.001, EndToEndId the line's id "
        f"({instruction.transfers[0].end_to_end_id}, …)",
    )
    found = _reported(stage, cleared, instruction, first_try_fails)
    if not found.agrees:
        raise StoryBroken(f"the statement does not agree: {[one.status for one in found.outcomes]}")
    (sums,) = found.sums
    stage.scene(
        str(settlement),
        f"reconciled the list with its camt.053: {found.count(Status.MATCHED)} of {len(found.outcomes)} "
        f"lines matched, {sums.paid} of {sums.expected} {sums.currency} paid, {sums.leftover} left over",
    )
    return Carried(
        digest=f"0x{cleared.digest().hex()}",
        block=cleared.block.number,
        lines=len(cleared.lines),
        amount=sum(line.amount for line in cleared.payable),
        statuses=tuple(one.status.value for one in found.outcomes),
    )


def _reported(
    stage: Stage, cleared: ClearingList, instruction: PaymentInstruction, first_try_fails: bool
) -> Reconciliation:
    """What the bank's statements say of the list, of one day or of two."""
    lines, done = lines_of(cleared), bookings(instruction)
    today = instruction.execution
    days = [done[:-1], done[-1:]] if first_try_fails else [done]
    entries: list[CashEntry] = []
    for later, of_a_day in enumerate(days):
        path = stage.folder / f"{instruction.id}-{later}-camt053.xml"
        write_sample_statement(
            path,
            instruction=replace(instruction, id=f"{later}-{instruction.id}"[:35]),
            booked=today + timedelta(days=later),
            carried_out=of_a_day,
        )
        entries.extend(read_camt(path))
        found = reconcile(lines, entries, credit=False)
        missing = [one for one in found.outcomes if one.status is Status.MISSING]
        if missing:
            amount = sum((one.line.amount for one in missing), Decimal(0))
            stage.scene(
                str(stage.cast["settlement"]),
                f"found {len(missing)} line of {amount} missing on the first day's statement: "
                f"{missing[0].line.id}",
            )
    return found
