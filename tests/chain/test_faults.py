"""Faults planted in the rules are found: by the log, by the steps the contracts took, or by storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chain.derivation import Diverged
from chain.engines import embedded, storage_at
from chain.errors import LedgerRefusal
from chain.events import Event
from chain.logs import LoggedEvent
from chain.rules import attestations, computations, participants, receivables, settlement, vouchers
from chain.rules.share import share
from chain.rules.state import Ledger, Lock, Moment, Quote, receivable_of
from chain.storage import expected_words
from tests.chain.differential import Result, Run, derived_from, differ, timed_log
from tests.chain.scenario import Scene, founded, hash_of_calls, rich_history
from tests.chain.steps import GovernedCall, encoded_calls, take_by_rules

SEEDS, STEPS = (16, 17), 300
"""Two histories: what one of them does not happen to meet, the other does."""


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

        def hash_of(calls: tuple[GovernedCall, ...]) -> bytes:
            return hash_of_calls(encoded_calls(self.scene.ledger, calls))

        for step, now, on_chain in self.run.trace:
            by_rules: Result
            try:
                by_rules = take_by_rules(ledger, step, now, hash_of)
            except LedgerRefusal as refusal:
                by_rules = refusal
            if by_rules != on_chain:
                return f"step: {step}: {on_chain} and {by_rules}"
        for word in expected_words(ledger):
            if self.storage.get((word.contract, word.slot), 0) != word.value:
                return f"storage: {word.path}"
        return None


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return [recorded(seed) for seed in SEEDS]


def recorded(seed: int) -> Recording:
    scene = rich_history(founded(embedded()))
    log = timed_log(scene)
    ledger = derived_from(scene, log)
    run = differ(scene, ledger, seed, STEPS)
    last = scene.engine.w3.eth.block_number
    storage = {
        (word.contract, word.slot): storage_at(
            scene.engine, scene.manifest.addresses[word.contract], word.slot, last
        )
        for word in expected_words(ledger)
    }
    return Recording(scene, log, run, storage)


def without(*names: str) -> Callable[..., Any]:
    """`dataclasses.replace` that leaves these fields as they were."""

    def forgetful(record: Any, **changes: Any) -> Any:
        return replace(record, **{k: v for k, v in changes.items() if k not in names})

    return forgetful


def nothing(*_: Any) -> None:
    """A check that does not check."""


def floors(start: int, length: int, paid: int, face: int) -> int:
    return (start + length) * paid // face - start * paid // face


def rounded_up(start: int, length: int, paid: int, face: int) -> int:
    return -(-(start + length) * paid // face) + (-start * paid // face)


ACCEPT_QUOTE = vouchers.accept_quote


def for_any_face(ledger: Ledger, at: Moment, quote: Quote, signer: str) -> tuple[Event, ...]:
    held = ledger.voucher.get(quote.voucher)
    if held is None:
        return ACCEPT_QUOTE(ledger, at, quote, signer)
    receivable = ledger.receivable[receivable_of(quote.voucher)]
    unpaid = held.length - share(held.start, held.length, receivable.paid, receivable.face)
    return ACCEPT_QUOTE(ledger, at, replace(quote, face=unpaid), signer)


PROPOSE = receivables.propose_receivable


def whoever_issued_it(ledger: Ledger, at: Moment, *terms: Any) -> tuple[Event, ...]:
    """What an invoice backs does not depend on its creditor and its currency."""
    known = ledger.invoice.get(terms[-1])
    if known is None:
        return PROPOSE(ledger, at, *terms)
    ledger.invoice[terms[-1]] = replace(known, creditor=terms[1], currency=terms[3])
    try:
        return PROPOSE(ledger, at, *terms)
    finally:
        used = ledger.invoice[terms[-1]].used
        ledger.invoice[terms[-1]] = replace(known, used=used)


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "parts are rounded up": (settlement, "share", rounded_up),
    "parts are differences of rounded-down ends": (settlement, "share", floors),
    "a redeemed voucher stays live": (settlement, "replace", without("life")),
    "a redeemed voucher stays offered": (settlement, "replace", without("encumbrance", "counterparty")),
    "a paid receivable is not settled": (settlement, "replace", without("state")),
    "what is redeemed is not counted": (settlement, "replace", without("redeemed")),
    "a payment is not numbered": (settlement, "replace", without("payments")),
    "a payment counts twice": (settlement, "use_reference", nothing),
    "a disbursement counts twice": (vouchers, "use_reference", nothing),
    "the tier is not raised": (vouchers, "replace", without("tier")),
    "the holder stays": (vouchers, "replace", without("holder")),
    "the version stays": (vouchers, "next_version", lambda version, _writes=1: version),
    "a split counts as one write": (vouchers, "next_version", lambda version, _writes=1: (version + 1) % 256),
    "the time of an offer is forgotten": (vouchers, "replace", without("since")),
    "an encumbrance keeps its counterparty": (vouchers, "replace", without("counterparty")),
    "a lock leaves something": (vouchers, "NO_LOCK", Lock(1, 0)),
    "what is due still moves": (vouchers, "_check_not_due", nothing),
    "payments need not be redeemed": (vouchers, "_check_redeemed", nothing),
    "anybody may receive": (vouchers, "_check_receiver", nothing),
    "a quote serves for any face": (vouchers, "accept_quote", for_any_face),
    "what is paid is for sale": (vouchers, "share", lambda *_: 0),
    "those who may not act receive and give": (vouchers, "require_active", nothing),
    "debts are made of those who may not act": (receivables, "require_active", nothing),
    "inputs of those who may not act are computed on": (computations, "require_active", nothing),
    "an invoice backs whatever it is given for": (receivables, "propose_receivable", whoever_issued_it),
    "an invoice is not used": (receivables, "replace", without("used")),
    "evidence is not asked for": (receivables, "_check_evidence", nothing),
    "anybody may confirm": (receivables, "_check_confirmer", nothing),
    "revoked evidence counts": (receivables, "is_valid", lambda ledger, _at, key: key in ledger.attestation),
    "a revocation is forgotten": (attestations, "replace", without("revoked_at")),
    "the suspended may act": (participants, "require_active", nothing),
    "a proposal can be executed again": (participants, "replace", without("executed")),
    "an approval is not counted": (participants, "replace", without("approvals")),
    "accounts are not counted": (participants, "replace", without("accounts")),
    "governance is open to all": (participants, "require_governance", nothing),
    "a computation costs nothing": (computations, "replace", without("spent")),
    "a withdrawn consent stands": (computations, "replace", without("withdrawn")),
    "a result is not kept": (computations, "replace", without("outcome")),
}


def test_without_a_fault_there_is_no_difference(recordings: list[Recording]) -> None:
    assert [recording.difference() for recording in recordings] == [None, None]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(
    recordings: list[Recording], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    module, name, faulty = FAULTS[fault]
    monkeypatch.setattr(module, name, faulty)

    assert any(recording.difference() for recording in recordings)
