"""Checkpoints: what was touched is checked, and nothing else."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from chain import events as ev
from chain.bundle.checkpoints import AT_THE_END, Touched
from chain.logs import LoggedEvent
from chain.replay import Replay
from chain.rules.invariants import INVARIANTS
from chain.rules.state import NO_DEAL, Ledger, PolicyVersion, ReceivableFlag, VoucherFlag


@pytest.fixture
def touched(history_log: list[LoggedEvent]) -> Touched:
    """Everything, as after the whole history without a checkpoint."""
    found = Touched()
    for logged in history_log:
        found.note(logged.event)
    return found


def spoiled(ledger: Ledger) -> dict[str, Ledger]:
    """The ledger with each invariant broken in one place."""

    def with_(**changes: object) -> Ledger:
        return replace(ledger, **changes)  # type: ignore[arg-type]

    voucher, held = next(iter(ledger.voucher.items()))
    invoice, backs = next(iter(ledger.invoice.items()))
    receivable, debt = next(iter(ledger.receivable.items()))
    consent, granted = next(iter(ledger.consent.items()))
    who, participant = next(iter(ledger.participant.items()))
    account, known = next((a, k) for a, k in ledger.account.items() if k.number)
    (policy, number), version = next(iter(ledger.policy_version.items()))
    deal, terms = next((n, d) for n, d in ledger.deal.items() if d != NO_DEAL)
    filed, filing = next((n, f) for n, f in ledger.filing.items() if f.registered_at)
    bound = next(n for n, v in ledger.voucher.items() if v.flags & VoucherFlag.BOUND)
    reference = next(iter(ledger.reference_used))
    claim, claimed = next(iter(ledger.claim.items()))
    later = PolicyVersion(version.value, version.effective_from, bytes(32))
    return {
        "policies_increase": with_(
            policy_version=ledger.policy_version | {(policy, number + 1): later},
            policy_versions=ledger.policy_versions | {policy: number + 1},
        ),
        "invoices_are_not_overused": with_(
            invoice=ledger.invoice | {invoice: replace(backs, used=backs.used + 1)}
        ),
        "red_letters_have_their_note": with_(
            receivable=ledger.receivable | {receivable: replace(debt, flags=ReceivableFlag.RED_LETTERED)}
        ),
        "receivables_are_as_proposed": with_(
            receivable=ledger.receivable | {receivable: replace(debt, due_at=debt.due_at + 1)}
        ),
        "intervals_tile_the_face": with_(
            voucher=ledger.voucher | {voucher: replace(held, length=held.length + 1)}
        ),
        "lineage_is_a_forest": with_(voucher=ledger.voucher | {voucher: replace(held, parent=3)}),
        "encumbrance_has_its_counterparty": with_(
            voucher=ledger.voucher | {voucher: replace(held, counterparty=held.holder)}
        ),
        "deals_have_their_voucher": with_(
            deal=ledger.deal | {deal: replace(terms, financier=terms.financier + 1)}
        ),
        "filings_are_dated": with_(filing=ledger.filing | {filed: replace(filing, registered_at=0)}),
        "bound_vouchers_have_their_hops": with_(hops=ledger.hops | {bound: 0}),
        "payments_add_up": with_(
            receivable=ledger.receivable | {receivable: replace(debt, redeemed=debt.redeemed + 1)}
        ),
        "references_are_of_something": with_(reference_used=ledger.reference_used | {reference: 99}),
        "claims_are_on_receivables": with_(claim=ledger.claim | {claim: replace(claimed, amount=0)}),
        "accounts_have_one_participant": with_(
            participant=ledger.participant | {who: replace(participant, accounts=9)}
        ),
        "accounts_know_their_participant": with_(
            account=ledger.account | {account: replace(known, valid_until=known.valid_until + 1)}
        ),
        "computations_keep_their_budget": with_(
            consent=ledger.consent | {consent: replace(granted, spent=9)}
        ),
        "governors_can_decide": with_(threshold=1),
    }


CHECKED = [check.__name__ for check in INVARIANTS if check not in AT_THE_END]


def test_a_checkpoint_after_the_history_finds_nothing(touched: Touched, replayed: Replay) -> None:
    assert list(touched.breaches(replayed.ledger)) == []
    assert touched.breaches(replayed.ledger) is not None


@pytest.mark.parametrize("name", CHECKED)
def test_a_checkpoint_finds_a_breach_in_what_was_touched(
    touched: Touched, replayed: Replay, name: str
) -> None:
    assert name in {found for found, _ in touched.breaches(spoiled(replayed.ledger)[name])}


def test_a_checkpoint_looks_at_nothing_else(replayed: Replay) -> None:
    quiet = Touched()
    quiet.note(ev.Attested(b"\1" * 32, 1, bytes(32), 1, 3, 0, "0x"))

    for name, ledger in spoiled(replayed.ledger).items():
        if name != "governors_can_decide":
            assert list(quiet.breaches(ledger)) == []


@pytest.mark.parametrize("check", AT_THE_END, ids=lambda check: check.__name__)
def test_sums_over_a_debtor_are_checked_at_the_end(replayed: Replay, check: object) -> None:
    ledger = deepcopy(replayed.ledger)
    (key, limit) = next((k, v) for k, v in ledger.limit.items() if v.committed)
    ledger.limit[key] = replace(limit, committed=limit.committed + 1)
    ledger.overdue_count[key[0]] = ledger.overdue_count.get(key[0], 0) + 1

    assert callable(check)
    assert list(check(replayed.ledger)) == []
    assert list(check(ledger)) != []
