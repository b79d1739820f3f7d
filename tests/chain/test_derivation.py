"""The log alone: a derivation refuses what the rules would not have written, and says where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import pytest

from chain import events
from chain.derivation import Derivation, Diverged
from chain.logs import LoggedEvent
from chain.rules.state import Ledger
from tests.chain.scenario import Scene, signer_of

Entry = tuple[LoggedEvent, int]

NOT_STORED = {
    # What the contracts tell and do not keep.
    ("Suspended", "reason"),
    ("Reinstated", "reason"),
    ("Attested", "subject"),
    ("Anchored", "manifest"),
    ("AttestationRevoked", "reason"),
    ("LeafRevoked", "reason"),
    ("Rejected", "reason"),
    ("Cancelled", "reason"),
    ("Split", "evidence"),
    ("Offered", "evidence"),
    ("Refused", "reason"),
    ("QuoteAccepted", "terms"),
    ("ConsentGranted", "purpose"),
    ("ConsentGranted", "protocol"),
    # Any governor may execute.
    ("ProposalExecuted", "actor"),
}

OVERWRITTEN = {
    # What the history later sets to something else, or a lock or offer that came to nothing.
    *(("PolicySet", each.name) for each in fields(events.PolicySet)),
    ("ThresholdSet", "threshold"),
    ("Admitted", "roles"),
    ("Admitted", "valid_until"),
    ("QuoteAccepted", "proceeds"),
    ("Offered", "to"),
}


@pytest.fixture(scope="module")
def log(history: Scene, history_log: list[LoggedEvent]) -> list[Entry]:
    time_of: dict[int, int] = {}
    entries = []
    for logged in history_log:
        if logged.block not in time_of:
            time_of[logged.block] = history.engine.w3.eth.get_block(logged.block)["timestamp"]
        entries.append((logged, time_of[logged.block]))
    return entries


@pytest.fixture(scope="module")
def empty(history: Scene) -> Ledger:
    addresses = history.manifest.addresses
    return Ledger(history.manifest.chain_id, addresses["Participants"], addresses["Computations"])


def derive(empty: Ledger, entries: Sequence[Entry]) -> Ledger:
    derivation = Derivation(Ledger(empty.chain_id, empty.governance, empty.computations))
    for logged, now in entries:
        derivation.take(logged, now)
    return derivation.ledger


def outcome(empty: Ledger, entries: Sequence[Entry]) -> Ledger | None:
    """The state derived, or None of a log that diverges."""
    try:
        return derive(empty, entries)
    except Diverged:
        return None


def altered(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case _:
            return signer_of("nobody anywhere").address


def test_the_log_as_it_is_derives_the_state(log: list[Entry], empty: Ledger, replayed: Any) -> None:
    assert derive(empty, log) == replayed.ledger


def test_a_dropped_event_is_refused_or_leaves_another_state(log: list[Entry], empty: Ledger) -> None:
    whole = derive(empty, log)

    unnoticed = [
        logged.event
        for index, (logged, _) in enumerate(log)
        if outcome(empty, [*log[:index], *log[index + 1 :]]) == whole
    ]

    # Governance set the threshold to three and then to two, as it was: the one between is not missed.
    assert all(isinstance(event, events.ThresholdSet) for event in unnoticed)


def test_a_repeated_event_is_refused(log: list[Entry], empty: Ledger) -> None:
    unnoticed = [
        logged.event
        for index, (logged, _) in enumerate(log)
        if outcome(empty, [*log[: index + 1], *log[index:]]) is not None
    ]

    # What governance may decide twice.
    kinds = (events.ThresholdSet, events.PolicySet, events.RolesSet, events.SchemaRegistered)
    assert [event for event in unnoticed if not isinstance(event, kinds)] == []


def test_an_altered_field_is_refused_or_leaves_another_state(log: list[Entry], empty: Ledger) -> None:
    whole = derive(empty, log)
    unnoticed = set()

    for index, (logged, now) in enumerate(log):
        for each in fields(logged.event):  # type: ignore[arg-type]
            value = altered(getattr(logged.event, each.name))
            event = replace(logged.event, **{each.name: value})  # type: ignore[type-var]
            entries = [*log[:index], (replace(logged, event=event), now), *log[index + 1 :]]
            if outcome(empty, entries) == whole:
                unnoticed.add((type(event).__name__, each.name))

    assert unnoticed - OVERWRITTEN <= NOT_STORED


def test_events_in_another_order_are_refused(log: list[Entry], empty: Ledger) -> None:
    swapped = 0

    for index in range(len(log) - 1):
        first, second = log[index][0], log[index + 1][0]
        if first.transaction == second.transaction:
            continue
        entries = [*log[:index], log[index + 1], log[index], *log[index + 2 :]]
        swapped += outcome(empty, entries) is None

    with pytest.raises(Diverged):
        derive(empty, list(reversed(log)))
    # Most calls need the one before them.
    assert swapped > 30


@pytest.mark.parametrize(
    "kind",
    [
        events.Admitted,
        events.AccountAdded,
        events.AccountRemoved,
        events.GovernorAdded,
        events.GovernorRemoved,
        events.ThresholdSet,
        events.RolesSet,
        events.Suspended,
        events.Reinstated,
        events.SchemaRegistered,
        events.PolicySet,
    ],
)
def test_governance_outside_an_executed_proposal_is_refused(
    log: list[Entry], empty: Ledger, kind: type[events.Event]
) -> None:
    account = signer_of("nobody anywhere").address
    invented: dict[type[events.Event], events.Event] = {
        events.AccountAdded: events.AccountAdded(1, account, empty.governance),
        events.AccountRemoved: events.AccountRemoved(
            derive(empty, log).number_of[signer_of("spare").address],
            signer_of("spare").address,
            empty.governance,
        ),
    }
    last, now = log[-1]
    event = invented.get(kind) or next(e.event for e, _ in reversed(log) if isinstance(e.event, kind))
    entry = replace(last, event=event, transaction="ab" * 32, block=last.block + 1)

    with pytest.raises(Diverged, match="outside an executed proposal"):
        derive(empty, [*log, (entry, now)])


def test_an_admission_without_its_first_account_is_refused(log: list[Entry], empty: Ledger) -> None:
    index = next(i for i, (logged, _) in enumerate(log) if isinstance(logged.event, events.Admitted))

    with pytest.raises(Diverged, match="followed by its first account"):
        derive(empty, [*log[: index + 1], *log[index + 2 :]])


def test_a_divergence_names_block_transaction_and_position(log: list[Entry], empty: Ledger) -> None:
    index, (logged, now) = next(
        (i, entry) for i, entry in enumerate(log) if isinstance(entry[0].event, events.Redeemed)
    )
    event = logged.event
    assert isinstance(event, events.Redeemed)
    more = replace(logged, event=replace(event, amount=event.amount + 1))

    with pytest.raises(Diverged) as found:
        derive(empty, [*log[:index], (more, now)])

    assert str(found.value).startswith(
        f"block {logged.block}, transaction 0x{logged.transaction}, log {logged.log_index} "
        "(Receivables.Redeemed): the rules would have logged"
    )
    assert found.value.at == more


def test_an_event_about_nothing_is_refused(log: list[Entry], empty: Ledger) -> None:
    last, now = log[-1]
    event = events.Accepted(99 << 32 | 1, 1, 2, signer_of("supplier").address)

    with pytest.raises(Diverged, match="does not exist"):
        derive(empty, [*log, (replace(last, event=event), now)])
