"""Faults planted in the rules are found.

By the log of a chain, by the steps that the contracts took after it, or by their storage; or else by a long
history that the rules took while they were sound, to which `test_differential` and `counterfoil bench
differential` hold the contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chain.bundle.execution import Execution
from chain.derivation import Diverged
from chain.differential.running import Run, by_rules, same
from chain.differential.steps import World
from chain.engines import storage_at
from chain.logs import LoggedEvent
from chain.rules import (
    attestations,
    computations,
    desk,
    financing,
    invoices,
    issuance,
    limits,
    participants,
    policies,
    red_letters,
    settlement,
    vouchers,
)
from chain.rules.invariants import INVARIANTS
from chain.rules.policies import RANGES
from chain.rules.state import Deal, Kind, Ledger, ReceivableFlag
from chain.storage import expected_words
from tests.chain.differential import (
    copied,
    derived_from,
    differ,
    execution_of,
    timed_log,
    unchanged,
    world_of,
)
from tests.chain.ruled import ruled
from tests.chain.scenario import Scene

SEED, STEPS, REHEARSED = 16, 250, 12_000


@dataclass
class Recording:
    """What a chain did: its log, the steps after it, and its storage at the end."""

    scene: Scene
    log: list[tuple[LoggedEvent, int]]
    run: Run
    storage: dict[tuple[str, int], int]

    def difference(self) -> str | None:
        """The first thing the rules make otherwise; None if they agree on everything."""
        try:
            ledger = derived_from(self.scene, self.log)
        except Diverged as diverged:
            return f"log: {diverged}"
        world = world_of(self.scene)
        execution = execution_of(world, ledger)
        found = retaken(execution, world, self.run)
        if found is not None:
            return found
        for word in expected_words(ledger):
            if self.storage.get((word.contract, word.slot), 0) != word.value:
                return f"storage: {word.path}"
        return next((f"{check.__name__}: {breach}" for check in INVARIANTS for breach in check(ledger)), None)


@dataclass
class Rehearsal:
    """A long history by the rules while they were sound: where it began, its steps, and where it ended."""

    start: Ledger
    world: World
    run: Run
    end: Ledger

    def difference(self) -> str | None:
        """The first step that comes to something else now, or that the end is another."""
        execution = execution_of(self.world, copied(self.start))
        found = retaken(execution, self.world, self.run)
        return found or ("end" if execution.ledger != self.end else None)


def retaken(execution: Execution, world: World, run: Run) -> str | None:
    """Takes the steps of a run again; the first that comes to something else."""
    for step, now, before in run.trace:
        try:
            result = by_rules(execution, world, step, now)
        except (KeyError, ValueError) as lost:
            return f"step: {step}: {lost!r}"
        if not same(before, result):
            return f"step: {step}: {before} and {result}"
    return None


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    history = ruled(SEED, confirmed=(1_000,) * 8)
    history.run.keep = True
    start = copied(history.ledger)
    for _ in range(REHEARSED):
        history.step()
    return Rehearsal(start, history.chooser.world, history.run, history.ledger)


@pytest.fixture(scope="module")
def recording(history: Scene) -> Iterator[Recording]:
    log = timed_log(history)
    ledger = derived_from(history, log)
    with unchanged(history):
        run = differ(history, ledger, SEED, STEPS)
        last = history.engine.w3.eth.block_number
        storage = {
            (word.contract, word.slot): storage_at(
                history.engine, history.manifest.addresses[word.contract], word.slot, last
            )
            for word in expected_words(ledger)
        }
        yield Recording(history, log, run, storage)


def without(*names: str) -> Callable[..., Any]:
    """`dataclasses.replace` that leaves these fields as they were."""

    def forgetful(record: Any, **changes: Any) -> Any:
        return replace(record, **{k: v for k, v in changes.items() if k not in names})

    return forgetful


def nothing(*_: Any, **__: Any) -> None:
    """A check that does not check, or a note that is not taken."""


def none_of_it(*_: Any) -> int:
    return 0


def floors(start: int, length: int, paid: int, face: int) -> int:
    return (start + length) * paid // face - start * paid // face


def rounded_up(start: int, length: int, paid: int, face: int) -> int:
    return -(-(start + length) * paid // face) + (-start * paid // face)


def newest_version(ledger: Ledger, name: bytes, _time: int) -> int:
    """A parameter's last version, whether it is in effect or not."""
    return ledger.policy_version[name, ledger.policy_versions[name]].value


def all_owed(ledger: Ledger, voucher: int) -> int:
    """What a borrower owed to begin with, whatever the lender has collected."""
    return ledger.deal.get(voucher, Deal(Kind.PURCHASE, 0, 0, 0, 0, 0)).owed


FAULTS: dict[str, tuple[Any, str, Any]] = {
    # Policies
    "a version counts before its day": (policies, "policy_at", newest_version),
    "a citation is not kept": (policies, "citation_of", lambda *_: bytes(32)),
    "a parameter has no range": (policies, "RANGES", dict.fromkeys(RANGES, (0, 2**64))),
    # Invoices and red letters
    "an invoice is not used": (invoices, "replace", without("used")),
    "an invoice backs whatever it is given for": (issuance, "check_usable", nothing),
    "a red letter is not counted": (red_letters, "replace", without("notes")),
    "a red letter does not lower its invoice": (red_letters, "replace", without("credited")),
    "a red letter flags nothing": (red_letters, "replace", without("flags")),
    "what the debtor knew is forgotten": (red_letters, "replace", without("notes_seen")),
    "anything is red-lettered": (red_letters, "_check_noted", nothing),
    # Limits and stops
    "what is proposed is not reserved": (limits, "_used", lambda limit, *_: limit),
    "limits have no end": (limits, "_available", lambda _: 2**64),
    "a stopped debtor issues": (limits, "check_not_stopped", nothing),
    "a payment releases no limit": (settlement, "release", nothing),
    "a rejected proposal keeps what it took": (issuance, "use_invoice", nothing),
    # Issue
    "evidence is not asked for": (issuance, "_check_evidence", nothing),
    "revoked evidence counts": (issuance, "is_valid", lambda ledger, _at, key: key in ledger.attestation),
    "anybody may confirm": (issuance, "_check_confirmer", nothing),
    "debts are made of those who may not act": (issuance, "require_active", nothing),
    "no term is too long": (issuance, "_check_term", lambda *_: ReceivableFlag(0)),
    "what was touched can be void": (issuance, "_untouched", lambda *_: True),
    "who asked for void is forgotten": (issuance, "replace", without("void_asked")),
    # Vouchers
    "the tier is not raised": (vouchers, "replace", without("tier")),
    "the holder stays": (vouchers, "replace", without("holder")),
    "the version stays": (vouchers, "raised", lambda voucher, _writes=1: voucher),
    "a split counts as one write": (
        vouchers,
        "raised",
        lambda voucher, _writes=1: replace(voucher, version=(voucher.version + 1) % 256),
    ),
    "the end of an offer is forgotten": (vouchers, "replace", without("until")),
    "an encumbrance keeps its counterparty": (vouchers, "replace", without("counterparty")),
    "a child forgets its parent": (vouchers, "start_of", none_of_it),
    "whatever is held, due or unredeemed moves": (vouchers, "_check_passable", nothing),
    "the bound are split": (vouchers, "_check_unbound", nothing),
    "there is no deepest tier": (vouchers, "_check_tier", nothing),
    "anybody's acceptance serves": (vouchers, "_check_acceptance", nothing),
    "those who may not act receive and give": (vouchers, "require_active", nothing),
    "a flag is not kept": (vouchers, "replace", without("flags")),
    "nobody ends a dispute but the debtor": (vouchers, "account_has_role", lambda *_: False),
    # Settlement
    "parts are rounded up": (settlement, "share", rounded_up),
    "parts are differences of rounded-down ends": (settlement, "share", floors),
    "a redeemed voucher stays live": (settlement, "replace", without("life")),
    "a redeemed voucher stays offered": (
        settlement,
        "replace",
        without("encumbrance", "counterparty", "until"),
    ),
    "a paid receivable is not settled": (settlement, "replace", without("state")),
    "what is redeemed is not counted": (settlement, "replace", without("redeemed")),
    "a payment is not numbered": (settlement, "replace", without("payments")),
    "a credit is not kept": (settlement, "replace", without("credit")),
    "a payment counts twice": (settlement, "check_reference", nothing),
    "the holder is paid for what is pledged": (settlement, "payee_of", lambda held: held.holder),
    # Financing
    "a disbursement counts twice": (financing, "check_reference", nothing),
    "what is paid is for sale": (financing, "unpaid", lambda _ledger, _voucher, held: held.length),
    "nothing is due back": (financing, "surpluses", none_of_it),
    "a hop is not kept": (financing, "_push", nothing),
    "a hop is never over": (financing, "_pop", nothing),
    "a deal is never over": (financing, "_close", nothing),
    "any costs will do": (financing, "_check_costs", lambda _ledger, quote, _held: quote.face),
    "any maturity will do": (financing, "_check_maturity", nothing),
    "nothing binds": (financing, "_bound_or_not", lambda _ledger, _voucher, held: held),
    "what the lender has collected is owed again": (financing, "owed_on", all_owed),
    "a financing needs no paper": (financing, "policy_of", none_of_it),
    "what is held is disbursed": (financing, "check_not_held", nothing),
    "a recourse is never demanded": (financing, "replace", without("demanded_at")),
    # Participants, desk, statements, computations
    "governance is open to all": (participants, "require_governance", nothing),
    "an approval is not counted": (participants, "replace", without("approvals")),
    "accounts are not counted": (participants, "replace", without("accounts")),
    "a proposal can be executed again": (participants, "replace", without("state")),
    "what changes for a participant stays with it": (participants, "_refresh_accounts", nothing),
    "an account may do what it is not given": (participants, "_check_giver", nothing),
    "a draft is never done": (desk, "replace", without("state")),
    "a revocation is forgotten": (attestations, "replace", without("revoked_at")),
    "a computation costs nothing": (computations, "replace", without("spent")),
    "a withdrawn consent stands": (computations, "replace", without("withdrawn")),
    "a result is not kept": (computations, "replace", without("outcome")),
    "inputs of those who may not act are computed on": (computations, "require_active", nothing),
}


def test_without_a_fault_there_is_no_difference(recording: Recording, rehearsal: Rehearsal) -> None:
    assert recording.difference() is None
    assert rehearsal.difference() is None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(
    recording: Recording, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    module, name, faulty = FAULTS[fault]
    monkeypatch.setattr(module, name, faulty)

    assert (recording.difference() or rehearsal.difference()) is not None
