"""Who is paid first, where several financiers claim one receivable (Civil Code, article 768).

A registered right comes before one that is not, and of two the one registered earlier; of rights that are not
registered, the one whose notice reached the debtor first; what is neither registered nor noticed shares what
is left in proportion to its amount. The same order holds between factoring and pledges (最高人民法院,
interpretation of the security system, article 66). The ledger tells the order and who would get what; it pays
nobody by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from chain import events
from chain.rules.financing import owed_on
from chain.rules.settlement import unredeemed
from chain.rules.state import Encumbrance, Kind, Ledger, Life, receivable_of


@dataclass(frozen=True, slots=True)
class Disbursement:
    """A financing of a voucher that was paid: when, when it was registered (0 if it was not), and to whom."""

    at: int
    registered_at: int
    kind: Kind
    to: int


@dataclass(frozen=True, slots=True)
class Right:
    """What a financier claims of a receivable.

    Under a financing of `voucher`, or under claim number `claim` from outside the ledger; the other is 0.
    Times are 0 where it is not registered, or no notice has reached the debtor.
    """

    claimant: int
    amount: int
    registered_at: int
    noticed_at: int
    voucher: int = 0
    claim: int = 0


def disbursements(log: Iterable[tuple[events.Event, int]]) -> dict[int, tuple[Disbursement, ...]]:
    """The financings that each voucher's present holder or pledgee has its right from, the last one last.

    Args:
        log: Events in their order, each with the time of its block.
    """
    filed: dict[int, int] = {}
    paid: dict[int, tuple[Disbursement, ...]] = {}
    for event, now in log:
        match event:
            case events.Filed():
                filed[event.voucher] = event.registered_at
            case events.QuoteAccepted():
                filed.pop(event.voucher, None)
            case events.Disbursed():
                kind, registered_at = Kind(event.kind), filed.get(event.voucher, 0)
                last = Disbursement(now, registered_at, kind, event.from_)
                paid[event.voucher] = (*paid.get(event.voucher, ()), last)
            case events.Split() if event.parent in paid:
                paid[event.child] = paid[event.parent]
            case events.LoanRepaid() | events.PledgeReleased() | events.LoanClosed():
                paid[event.voucher] = paid[event.voucher][:-1]
            case events.BoughtBack():
                paid[event.voucher] = _before(paid[event.voucher], event.to)
    return paid


def rights_in(ledger: Ledger, number: int, paid: Mapping[int, tuple[Disbursement, ...]]) -> tuple[Right, ...]:
    """The rights of financiers in a receivable: of financings of its vouchers, then of claims from outside.

    The debtor reads the ledger on which it confirmed, so that a disbursement is its notice. `paid` is what
    `disbursements` makes of the log.
    """
    vouchers = sorted(v for v in ledger.voucher if receivable_of(v) == number and paid.get(v))
    financed = (_of_financing(ledger, voucher, paid[voucher][-1]) for voucher in vouchers)
    return (*(right for right in financed if right), *_of_claims(ledger, number))


def ranked(rights: Sequence[Right]) -> tuple[tuple[Right, ...], ...]:
    """The rights in the order of the article; those of one rank share in proportion."""
    return tuple(tuple(rank) for _, rank in groupby(sorted(rights, key=_rank), key=_rank))


def allotted(rights: Sequence[Right], amount: int) -> tuple[tuple[Right, int], ...]:
    """What each right gets of an amount, rank by rank, to the last minor unit.

    Within a rank that cannot be paid in full, parts are rounded down and the units left over go to the
    largest remainders, among equal ones to the right that comes first.
    """
    if amount < 0:
        raise ValueError(f"the amount must not be negative, and {amount} is")
    paid: list[tuple[Right, int]] = []
    for rank in ranked(rights):
        parts = _parts([right.amount for right in rank], amount)
        paid.extend(zip(rank, parts, strict=True))
        amount -= sum(parts)
    return tuple(paid)


def _rank(right: Right) -> tuple[int, int]:
    if right.registered_at:
        return 0, right.registered_at
    return (1, right.noticed_at) if right.noticed_at else (2, 0)


def _parts(claimed: list[int], amount: int) -> list[int]:
    """`amount` in proportion to what is claimed, none getting more than that; by largest remainder."""
    whole = sum(claimed)
    if amount >= whole:
        return claimed
    parts = [each * amount // whole for each in claimed]
    remainders = [each * amount % whole for each in claimed]
    by_remainder = sorted(range(len(claimed)), key=lambda n: -remainders[n])
    for n in by_remainder[: amount - sum(parts)]:
        parts[n] += 1
    return parts


def _before(paid: tuple[Disbursement, ...], transferor: int) -> tuple[Disbursement, ...]:
    """What is left when a transferor buys back: everything before its last financing with recourse."""
    of_transferor = (
        n for n, each in enumerate(paid) if each.to == transferor and each.kind == Kind.RECOURSE_PURCHASE
    )
    return paid[: max(of_transferor)]


def _of_financing(ledger: Ledger, voucher: int, last: Disbursement) -> Right | None:
    """The right of a pledgee, or of who holds a voucher under a financing of it."""
    held = ledger.voucher[voucher]
    if held.life != Life.LIVE:
        return None
    if held.encumbrance == Encumbrance.PLEDGED:
        claimant, amount = held.counterparty, owed_on(ledger, voucher)
    else:
        claimant, amount = held.holder, unredeemed(ledger, voucher, held)
    return Right(claimant, amount, last.registered_at, last.at, voucher=voucher)


def _of_claims(ledger: Ledger, number: int) -> Iterator[Right]:
    for claim, asserted in ledger.claim.items():
        if asserted.receivable == number and not asserted.withdrawn:
            yield Right(
                asserted.claimant, asserted.amount, asserted.registered_at, asserted.noticed_at, claim=claim
            )
