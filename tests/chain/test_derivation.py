"""The log alone: a derivation refuses what the rules would not have written, and says where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import fields, replace
from typing import Any

import pytest

from chain import events
from chain.deployment import empty_ledger
from chain.derivation import Derivation, Diverged
from chain.logs import LoggedEvent
from chain.rules.state import Ledger
from tests.chain.scenario import Scene, signer_of

Entry = tuple[LoggedEvent, int]

NOT_STORED = {
    # What the contracts tell and do not keep: reasons, documents, and what rests on a hash.
    *(
        (name, "reason")
        for name in (
            *(
                "Suspended",
                "Reinstated",
                "DraftRejected",
                "AttestationRevoked",
                "LeafRevoked",
                "JobAbandoned",
            ),
            *("Rejected", "Cancelled", "VoidAsked", "Voided", "Refused", "Frozen", "Disputed"),
        )
    ),
    *(
        (name, "document")
        for name in (
            *("InvoiceCorrected", "InvoiceCredited", "Reaffirmed", "IssueStopped", "StopLifted"),
            *("Frozen", "Unfrozen", "Disputed", "DisputeEnded", "WrittenOff", "RecourseDemanded"),
        )
    ),
    *((name, "evidence") for name in ("Split", "Offered", "Transferred")),
    ("Attested", "subject"),
    ("Anchored", "manifest"),
    ("DraftMade", "target"),
    ("QuoteAccepted", "terms"),
    ("QuoteAccepted", "justification"),
    # What anybody may say, or carry for whoever signed it.
    *(
        (name, "actor")
        for name in ("RedLettered", "OverdueStopped", "OverdueLifted", "LoanClosed", "Accepted")
    ),
}

OVERWRITTEN = {
    # What the history later sets to something else, removes or withdraws, or what came to nothing.
    ("ThresholdSet", "threshold"),
    ("Admitted", "roles"),
    ("Admitted", "valid_until"),
    ("AccountAdded", "scope"),
    *(("PolicySet", name) for name in ("value", "effective_from", "issuer", "document", "article")),
    ("InvoiceRegistered", "total"),
    ("IssueStopped", "cause"),
    ("Offered", "to"),
    *(("QuoteAccepted", name) for name in ("kind", "proceeds", "interest", "fees", "matures_at")),
    *(("Filed", name) for name in ("registration", "agreement", "registered_at")),
}

SAID_TWICE = {
    *(events.ThresholdSet, events.RolesSet, events.ScopeSet),
    *(events.LimitSet, events.GroupLimitSet, events.GroupSet),
    *(events.InvoiceCorrected, events.RedLettered, events.Reaffirmed, events.Filed),
}

NOT_MISSED = {
    # The threshold was set to three and then to two, as it was; a flag was lifted again, a lock released.
    *(events.ThresholdSet, events.RedLettered, events.Filed),
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
    return empty_ledger(history.manifest)


@pytest.fixture(scope="module")
def whole(log: list[Entry], empty: Ledger) -> Ledger:
    return derive(empty, log)


def twin(ledger: Ledger) -> Ledger:
    """The same state: records are frozen, so copies of the dictionaries are enough."""
    found = copy(ledger)
    for each in fields(found):
        value = getattr(found, each.name)
        if isinstance(value, dict):
            setattr(found, each.name, dict(value))
    return found


def forked(derivation: Derivation) -> Derivation:
    """A derivation that has come as far, to go on another way."""
    return replace(
        derivation,
        ledger=twin(derivation.ledger),
        checking=dict(derivation.checking),
        _before=list(derivation._before),
    )


def derive(empty: Ledger, entries: Sequence[Entry]) -> Ledger:
    derivation = Derivation(twin(empty))
    for logged, now in entries:
        derivation.take(logged, now)
    return derivation.ledger


def along(log: list[Entry], empty: Ledger) -> Iterator[tuple[int, Derivation]]:
    """Each place in the log, with what is derived up to it."""
    derivation = Derivation(twin(empty))
    for index, (logged, now) in enumerate(log):
        yield index, derivation
        derivation.take(logged, now)


def outcome(before: Derivation, entries: Sequence[Entry]) -> Ledger | None:
    """The state that these entries lead to from there, or None if they diverge."""
    derivation = forked(before)
    try:
        for logged, now in entries:
            derivation.take(logged, now)
    except Diverged:
        return None
    return derivation.ledger


def altered(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case str() if not value.startswith("0x"):
            return value + "x"
        case _:
            return signer_of("nobody anywhere").address


def test_the_history_tells_of_every_kind_of_event(log: list[Entry]) -> None:
    kinds = {cls for cls in vars(events).values() if isinstance(cls, type) and issubclass(cls, events.Event)}

    assert {type(logged.event) for logged, _ in log} == kinds - {events.Event}


def test_the_log_as_it_is_derives_the_state(whole: Ledger, replayed: Any) -> None:
    assert whole == replayed.ledger


def test_a_dropped_event_is_refused_or_leaves_another_state(
    log: list[Entry], empty: Ledger, whole: Ledger
) -> None:
    unnoticed = [
        log[index][0].event
        for index, before in along(log, empty)
        if outcome(before, log[index + 1 :]) == whole
    ]

    assert {type(event) for event in unnoticed} - NOT_MISSED == set()


def test_a_repeated_event_is_refused(log: list[Entry], empty: Ledger) -> None:
    unnoticed = [
        log[index][0].event
        for index, before in along(log, empty)
        if outcome(before, [log[index], *log[index:]]) is not None
    ]

    # What may be decided or said twice.
    assert {type(event) for event in unnoticed} - SAID_TWICE == set()


def test_an_altered_field_is_refused_or_leaves_another_state(
    log: list[Entry], empty: Ledger, whole: Ledger
) -> None:
    unnoticed = set()

    for index, before in along(log, empty):
        logged, now = log[index]
        for each in fields(logged.event):  # type: ignore[arg-type]
            value = altered(getattr(logged.event, each.name))
            event = replace(logged.event, **{each.name: value})  # type: ignore[type-var]
            if outcome(before, [(replace(logged, event=event), now), *log[index + 1 :]]) == whole:
                unnoticed.add((type(event).__name__, each.name))

    assert unnoticed - OVERWRITTEN - NOT_STORED == set()


def test_events_in_another_order_are_refused(log: list[Entry], empty: Ledger) -> None:
    swapped, pairs = 0, 0

    for index, before in along(log, empty):
        pair = log[index : index + 2]
        if len(pair) == 2 and pair[0][0].transaction != pair[1][0].transaction:
            pairs += 1
            swapped += outcome(before, [*reversed(pair), *log[index + 2 :]]) is None

    with pytest.raises(Diverged):
        derive(empty, list(reversed(log)))
    # Most calls need the one before them.
    assert swapped > pairs / 3


DECIDED = (
    *(events.GovernorAdded, events.GovernorRemoved, events.GovernorRotated, events.ThresholdSet),
    *(events.RolesSet, events.Suspended, events.Reinstated, events.SchemaRegistered),
    *(events.PolicySet, events.PolicyWithdrawn, events.LimitSet, events.GroupLimitSet, events.GroupSet),
    events.StopLifted,
)


@pytest.mark.parametrize("kind", DECIDED)
def test_governance_outside_an_executed_proposal_is_refused(
    log: list[Entry], empty: Ledger, kind: type[events.Event]
) -> None:
    last, now = log[-1]
    event = next(logged.event for logged, _ in reversed(log) if isinstance(logged.event, kind))
    contract = next(logged.contract for logged, _ in log if isinstance(logged.event, kind))
    entry = replace(last, event=event, contract=contract, transaction="ab" * 32, block=last.block + 1)

    with pytest.raises(Diverged, match="outside an executed proposal"):
        derive(empty, [*log, (entry, now)])


@pytest.mark.parametrize(
    ("speaker", "why"),
    [
        ("governance", "outside an executed proposal"),
        ("hand", "outside a checked draft"),
        ("invoices", "without a red-letter note"),
    ],
)
def test_who_speaks_only_in_the_course_of_another_call_says_nothing_alone(
    log: list[Entry], empty: Ledger, whole: Ledger, speaker: str, why: str
) -> None:
    accounts = {
        "governance": whole.governance,
        "hand": next(iter(whole.hand.values())),
        "invoices": whole.invoices,
    }
    last, now = log[-1]
    event = events.AccountAdded(1, signer_of("nobody anywhere").address, 1, 0, accounts[speaker])
    entry = replace(last, event=event, contract="Participants", transaction="ab" * 32)

    with pytest.raises(Diverged, match=why):
        derive(empty, [*log, (entry, now)])


def test_an_admission_without_its_first_account_is_refused(log: list[Entry], empty: Ledger) -> None:
    index = next(i for i, (logged, _) in enumerate(log) if isinstance(logged.event, events.Admitted))

    with pytest.raises(Diverged, match="Admitted must be followed by the rest of its call"):
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
    event = events.Accepted(99 << 48, 1, 2, signer_of("supplier").address)

    with pytest.raises(Diverged, match="does not exist"):
        derive(empty, [*log, (replace(last, event=event, contract="Receivables"), now)])
