"""Financing of vouchers (保理融资): bought, with recourse (有追索权) or without, or lent against a pledge.

A financier signs a quote off the ledger. The holder's acceptance locks the voucher; the financier files what
the public register and the contract say (Civil Code, article 762; 银发〔2025〕77号 article 13, I-23); a
settlement bank's word that the money was paid completes the deal, and until then nothing has changed hands.

A purchase without recourse leaves the financier everything that is paid (article 767). With recourse, and
after a pledge is enforced, what is left over beyond the financier's proceeds, interest and fees goes back to
whom it financed (article 766). Such a hop stays with the voucher, whoever finances it next, and binds it: it
can be financed again, not split or passed on. Each unit of the face is financed once at a time (I-22, I-24),
and a financier never takes more than is unpaid of the voucher less what is due back of it.
"""

from __future__ import annotations

from dataclasses import replace

from chain import errors, events
from chain.rules.participants import account_has_role, actor_of, signer_of
from chain.rules.policies import (
    AGREEMENT_NEEDED,
    DISBURSE_PERIOD,
    JUSTIFICATION_NEEDED,
    REGISTRATION_NEEDED,
    policy_of,
)
from chain.rules.settlement import check_reference, take_reference, unpaid, unredeemed
from chain.rules.state import (
    HOLDER,
    NO_DEAL,
    NO_FILING,
    NO_HOP,
    Claim,
    Deal,
    Encumbrance,
    Filing,
    Hop,
    Kind,
    Ledger,
    Life,
    Moment,
    Quote,
    ReceivableFlag,
    Role,
    Voucher,
    VoucherFlag,
    receivable_of,
)
from chain.rules.vouchers import (
    check_not_held,
    check_version,
    encumber,
    free,
    known,
    movable,
    pass_on,
    raised,
)

WHOLE = 10_000
"""All of the interest, in hundredths of a percent."""

MAX_HOPS = 255


def cancel_quote(ledger: Ledger, at: Moment, quote: Quote, digest: bytes) -> tuple[events.Event, ...]:
    """A financier takes a quote back that nobody has accepted; `digest` is what it signed (EIP-712)."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    if actor != quote.financier:
        raise errors.NotFinancier(quote.voucher, actor, quote.financier)
    if ledger.quote_over.get(digest, False):
        raise errors.QuoteIsOver(digest)
    ledger.quote_over[digest] = True
    return (events.QuoteCancelled(digest, actor, at.sender),)


def accept_quote(
    ledger: Ledger, at: Moment, quote: Quote, digest: bytes, signer: str, justification: bytes
) -> tuple[events.Event, ...]:
    """The holder accepts a financier's quote; the voucher is locked until the money is there.

    Args:
        ledger: The state.
        at: Now, and the holder's account.
        quote: What the financier signed.
        digest: Its hash, which the signature is of (EIP-712).
        signer: The account that signed, the zero address for none; recovered elsewhere.
        justification: Commitment to why the term is longer than usual; zero if it is not.
    """
    actor = actor_of(ledger, at, HOLDER)
    voucher, financier = quote.voucher, quote.financier
    receivable = ledger.receivable.get(receivable_of(voucher))
    if financier in (actor, receivable.debtor if receivable else 0):
        raise errors.SameParty(financier)
    if at.now > quote.valid_until:
        raise errors.QuoteExpired(voucher, quote.valid_until)
    if ledger.quote_over.get(digest, False):
        raise errors.QuoteIsOver(digest)
    signed_for = signer_of(ledger, at, signer, Role.FINANCIER)
    if signed_for != financier:
        raise errors.QuoteNotSigned(voucher, financier, signed_for)
    disburse_by = at.now + policy_of(ledger, at, DISBURSE_PERIOD)
    held = movable(ledger, at, voucher, actor, quote.version)
    owed = _check_costs(ledger, quote, held)
    _check_maturity(ledger, at, quote)
    extended = ledger.receivable[receivable_of(voucher)].flags & ReceivableFlag.EXTENDED
    if extended and not any(justification) and policy_of(ledger, at, JUSTIFICATION_NEEDED):
        raise errors.JustificationMissing(voucher, JUSTIFICATION_NEEDED)

    ledger.quote_over[digest] = True
    # A financier files for its own deal: nothing of the one before stands in for it.
    ledger.filing[voucher] = NO_FILING
    ledger.deal[voucher] = Deal(quote.kind, financier, quote.face, quote.proceeds, owed, quote.matures_at)
    encumber(ledger, voucher, held, Encumbrance.LOCKED, financier, disburse_by)
    accepted = events.QuoteAccepted(
        voucher=voucher,
        holder=actor,
        financier=financier,
        kind=int(quote.kind),
        face=quote.face,
        proceeds=quote.proceeds,
        interest=quote.interest,
        debtor_interest=quote.debtor_interest,
        fees=quote.fees,
        matures_at=quote.matures_at,
        terms=quote.terms,
        justification=justification,
        digest=digest,
        actor=at.sender,
    )
    return (accepted,)


def file(
    ledger: Ledger,
    at: Moment,
    voucher: int,
    expected: int,
    registration: bytes,
    agreement: bytes,
    registered_at: int,
) -> tuple[events.Event, ...]:
    """The financier files the registration's certificate and the contract, before the money is paid."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    locked = _encumbered(ledger, voucher, expected, Encumbrance.LOCKED)
    if locked.counterparty != actor:
        raise errors.NotFinancier(voucher, actor, locked.counterparty)
    if not any(registration) and not any(agreement):
        raise errors.DocumentEmpty()
    if any(registration) != (registered_at != 0) or registered_at > at.now:
        raise errors.BadRegistrationTime(voucher, registered_at)
    ledger.filing[voucher] = Filing(registration, agreement, registered_at)
    return (events.Filed(voucher, actor, registration, agreement, registered_at, at.sender),)


def disburse(
    ledger: Ledger, at: Moment, voucher: int, expected: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests the proceeds: the financier holds the voucher, or has it as its pledge."""
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    locked = _encumbered(ledger, voucher, expected, Encumbrance.LOCKED)
    deal, filing = ledger.deal[voucher], ledger.filing.get(voucher, NO_FILING)
    if amount != deal.proceeds:
        raise errors.WrongAmount(voucher, amount, deal.proceeds)
    if not any(filing.registration) and policy_of(ledger, at, REGISTRATION_NEEDED):
        raise errors.RegistrationMissing(voucher, REGISTRATION_NEEDED)
    if not any(filing.agreement) and policy_of(ledger, at, AGREEMENT_NEEDED):
        raise errors.AgreementMissing(voucher, AGREEMENT_NEEDED)
    check_reference(ledger, reference)
    if deal.kind == Kind.RECOURSE_PURCHASE:
        _check_hops(ledger, voucher)
    check_not_held(voucher, locked)

    take_reference(ledger, reference, voucher)
    financier = locked.counterparty
    if deal.kind == Kind.PLEDGE:
        encumber(ledger, voucher, locked, Encumbrance.PLEDGED, financier, deal.matures_at)
    else:
        ledger.deal[voucher] = NO_DEAL
        if deal.kind == Kind.RECOURSE_PURCHASE:
            surplus = deal.face - deal.owed - surpluses(ledger, voucher)
            _push(ledger, voucher, Hop(locked.holder, surplus, True, 0))
        _assign(ledger, voucher, locked, financier)
    disbursed = events.Disbursed(
        voucher, locked.holder, financier, int(deal.kind), amount, reference, at.sender
    )
    return (disbursed,)


def release_lock(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The financier lets go at any time, the holder once the time to disburse is over.

    A settlement bank may do it for a holder that cannot act, so that no lock outlasts a settlement.
    """
    actor = actor_of(ledger, at, HOLDER | Role.SETTLEMENT_BANK)
    locked = _encumbered(ledger, voucher, expected, Encumbrance.LOCKED)
    if actor != locked.counterparty:
        if actor != locked.holder and not account_has_role(ledger, at.sender, Role.SETTLEMENT_BANK):
            raise errors.NotHolder(voucher, actor, locked.holder)
        if at.now <= locked.until:
            raise errors.LockHeld(voucher, locked.until)
    _close(ledger, voucher)
    free(ledger, voucher, locked)
    return (events.LockReleased(voucher, locked.holder, at.sender),)


def repay(
    ledger: Ledger, at: Moment, voucher: int, expected: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests that the borrower repaid what it still owes: the pledge is over."""
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    pledged = _encumbered(ledger, voucher, expected, Encumbrance.PLEDGED)
    owed = owed_on(ledger, voucher)
    if amount != owed:
        raise errors.WrongAmount(voucher, amount, owed)
    check_reference(ledger, reference)
    take_reference(ledger, reference, voucher)
    _close(ledger, voucher)
    free(ledger, voucher, pledged)
    lender = pledged.counterparty
    return (events.LoanRepaid(voucher, pledged.holder, lender, amount, reference, at.sender),)


def release_pledge(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The lender gives its pledge up, or the holder ends it once nothing is owed any more."""
    actor = actor_of(ledger, at, HOLDER)
    pledged = _encumbered(ledger, voucher, expected, Encumbrance.PLEDGED)
    by_holder = actor == pledged.holder and owed_on(ledger, voucher) == 0
    if actor != pledged.counterparty and not by_holder:
        raise errors.NotFinancier(voucher, actor, pledged.counterparty)
    _close(ledger, voucher)
    free(ledger, voucher, pledged)
    return (events.PledgeReleased(voucher, pledged.holder, at.sender),)


def close_loan(ledger: Ledger, at: Moment, voucher: int) -> tuple[events.Event, ...]:
    """Anyone closes a loan whose voucher was paid in full to its lender.

    What the lender got beyond what was owed is the borrower's.
    """
    deal = ledger.deal.get(voucher, NO_DEAL)
    if deal.face == 0:
        raise errors.NotPledged(voucher)
    paid = ledger.voucher[voucher]
    if paid.life != Life.REDEEMED:
        raise errors.LoanOpen(voucher)
    _close(ledger, voucher)
    excess = deal.face - deal.owed
    return (events.LoanClosed(voucher, paid.holder, deal.financier, excess, at.sender),)


def enforce_pledge(ledger: Ledger, at: Moment, voucher: int, expected: int) -> tuple[events.Event, ...]:
    """The lender takes the voucher for a loan that is due; what is left over will be the borrower's."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    pledged = _encumbered(ledger, voucher, expected, Encumbrance.PLEDGED)
    if pledged.counterparty != actor:
        raise errors.NotFinancier(voucher, actor, pledged.counterparty)
    if at.now <= pledged.until:
        raise errors.LoanNotDue(voucher, pledged.until)
    owed = owed_on(ledger, voucher)
    if owed == 0:
        raise errors.NothingOwed(voucher)
    surplus = unredeemed(ledger, voucher, pledged) - owed - surpluses(ledger, voucher)
    if surplus:
        _check_hops(ledger, voucher)
    check_not_held(voucher, pledged)
    if surplus:
        _push(ledger, voucher, Hop(pledged.holder, surplus, False, 0))
    _close(ledger, voucher)
    _assign(ledger, voucher, pledged, actor)
    return (events.PledgeEnforced(voucher, pledged.holder, actor, surplus, at.sender),)


def demand_recourse(ledger: Ledger, at: Moment, voucher: int, document: bytes) -> tuple[events.Event, ...]:
    """The holder demands that the one it bought from buys back what is overdue, disputed or red-lettered."""
    actor = actor_of(ledger, at, HOLDER)
    held, number = _bound(ledger, voucher, actor)
    hop = ledger.hop[voucher, number]
    if not hop.recourse:
        raise errors.NoRecourse(voucher)
    if hop.demanded_at:
        raise errors.AlreadyDemanded(voucher, hop.demanded_at)
    if not any(document):
        raise errors.DocumentEmpty()
    receivable = ledger.receivable[receivable_of(voucher)]
    disputed = held.flags & VoucherFlag.DISPUTED
    if at.now < receivable.due_at and not disputed and not receivable.flags & ReceivableFlag.RED_LETTERED:
        raise errors.RecourseNotDue(voucher, receivable.due_at)
    ledger.hop[voucher, number] = replace(hop, demanded_at=at.now)
    return (events.RecourseDemanded(voucher, actor, hop.transferor, document, at.sender),)


def buy_back(
    ledger: Ledger, at: Moment, voucher: int, expected: int, amount: int, reference: bytes
) -> tuple[events.Event, ...]:
    """A settlement bank attests that the transferor paid the price (反转让): the voucher is its own again.

    The price is what is not redeemed of the voucher, less what is due back of it: to the transferor itself,
    and to those before, whom it owes that then. Its own recourse against whom it had bought from, if any,
    stands.
    """
    actor_of(ledger, at, Role.SETTLEMENT_BANK)
    number = ledger.hops.get(voucher, 0)
    if number == 0:
        raise errors.NoRecourse(voucher)
    hop, held = ledger.hop[voucher, number], ledger.voucher[voucher]
    if hop.demanded_at == 0:
        raise errors.RecourseNotDemanded(voucher)
    price = max(unredeemed(ledger, voucher, held) - surpluses(ledger, voucher), 0)
    if amount != price:
        raise errors.WrongAmount(voucher, amount, price)
    check_reference(ledger, reference)
    if held.life != Life.LIVE:
        raise errors.NotLive(voucher, held.life)
    if held.encumbrance != Encumbrance.FREE:
        raise errors.Encumbered(voucher, held.encumbrance)
    check_version(voucher, held, expected)
    # Who buys something back may have to take it disputed.
    if held.flags & VoucherFlag.FROZEN:
        raise errors.Held(voucher, held.flags)
    take_reference(ledger, reference, voucher)
    _pop(ledger, voucher)
    _assign(ledger, voucher, held, hop.transferor)
    return (events.BoughtBack(voucher, held.holder, hop.transferor, amount, reference, at.sender),)


def waive_recourse(ledger: Ledger, at: Moment, voucher: int) -> tuple[events.Event, ...]:
    """The holder gives its recourse up; with nothing due back either, that hop is over."""
    actor = actor_of(ledger, at, HOLDER)
    held, number = _bound(ledger, voucher, actor)
    if held.encumbrance != Encumbrance.FREE:
        raise errors.Encumbered(voucher, held.encumbrance)
    hop = ledger.hop[voucher, number]
    if not hop.recourse:
        raise errors.NoRecourse(voucher)
    if hop.surplus == 0:
        _pop(ledger, voucher)
        ledger.voucher[voucher] = raised(_bound_or_not(ledger, voucher, held))
    else:
        ledger.hop[voucher, number] = replace(hop, recourse=False, demanded_at=0)
    return (events.RecourseWaived(voucher, actor, hop.transferor, at.sender),)


def assert_claim(
    ledger: Ledger,
    at: Moment,
    number: int,
    amount: int,
    registered_at: int,
    noticed_at: int,
    document: bytes,
) -> tuple[events.Event, ...]:
    """A financier says what it claims of a receivable under a contract made elsewhere.

    So that the order among all who claim can be told (Civil Code, article 768; `chain.rules.priority`).
    """
    actor = actor_of(ledger, at, Role.FINANCIER)
    if number not in ledger.receivable:
        raise errors.ReceivableUnknown(number)
    if amount == 0:
        raise errors.AmountZero()
    if not any(document):
        raise errors.DocumentEmpty()
    for time in (registered_at, noticed_at):
        if time > at.now:
            raise errors.BadClaimTime(time)
    claim = len(ledger.claim) + 1
    ledger.claim[claim] = Claim(actor, number, amount, registered_at, noticed_at, False, document)
    asserted = events.ClaimAsserted(
        claim, number, actor, amount, registered_at, noticed_at, document, at.sender
    )
    return (asserted,)


def withdraw_claim(ledger: Ledger, at: Moment, claim: int) -> tuple[events.Event, ...]:
    """A financier takes its claim back."""
    actor = actor_of(ledger, at, Role.FINANCIER)
    asserted = ledger.claim.get(claim)
    if asserted is None:
        raise errors.ClaimUnknown(claim)
    if asserted.claimant != actor:
        raise errors.NotClaimant(claim, actor, asserted.claimant)
    if asserted.withdrawn:
        raise errors.ClaimOver(claim)
    ledger.claim[claim] = replace(asserted, withdrawn=True)
    return (events.ClaimWithdrawn(claim, actor, at.sender),)


def owed_on(ledger: Ledger, voucher: int) -> int:
    """What a borrower still owes on a pledged voucher: what it owed less what the lender has collected."""
    deal = ledger.deal.get(voucher, NO_DEAL)
    if deal.face == 0:
        return 0
    collected = deal.face - unredeemed(ledger, voucher, ledger.voucher[voucher])
    return max(deal.owed - collected, 0)


def surpluses(ledger: Ledger, voucher: int) -> int:
    """What is due back of a voucher to all it was financed from."""
    numbers = range(1, ledger.hops.get(voucher, 0) + 1)
    return sum(ledger.hop[voucher, number].surplus for number in numbers)


def _check_costs(ledger: Ledger, quote: Quote, held: Voucher) -> int:
    """What the financier may take: proceeds, fees, and the interest that the debtor does not bear."""
    voucher = quote.voucher
    left = unpaid(ledger, voucher, held)
    if quote.face != left:
        raise errors.QuoteOfAnotherFace(voucher, quote.face, left)
    if quote.proceeds == 0:
        raise errors.AmountZero()
    most = quote.interest * ledger.receivable[receivable_of(voucher)].interest_share // WHOLE
    if quote.debtor_interest > most:
        raise errors.InterestShareExceeded(voucher, quote.debtor_interest, most)
    owed = quote.proceeds + quote.interest - quote.debtor_interest + quote.fees
    available = max(quote.face - surpluses(ledger, voucher), 0)
    if owed > available:
        raise errors.CostsExceedFace(voucher, owed, available)
    return owed


def _check_maturity(ledger: Ledger, at: Moment, quote: Quote) -> None:
    """A loan is due ahead, by the day its pledge is (I-20); a purchase has no such day."""
    if quote.kind != Kind.PLEDGE:
        if quote.matures_at:
            raise errors.BadMaturity(quote.voucher, quote.matures_at, 0)
        return
    latest = ledger.receivable[receivable_of(quote.voucher)].due_at
    if not at.now < quote.matures_at <= latest:
        raise errors.BadMaturity(quote.voucher, quote.matures_at, latest)


def _encumbered(ledger: Ledger, voucher: int, expected: int, by: Encumbrance) -> Voucher:
    """A voucher that is locked, or pledged, at a version."""
    held = known(ledger, voucher)
    if held.encumbrance != by:
        raise errors.NotLocked(voucher) if by == Encumbrance.LOCKED else errors.NotPledged(voucher)
    check_version(voucher, held, expected)
    return held


def _bound(ledger: Ledger, voucher: int, actor: int) -> tuple[Voucher, int]:
    """A live voucher of `actor` that others may come back on, and the number of its last hop."""
    held = known(ledger, voucher)
    if held.holder != actor:
        raise errors.NotHolder(voucher, actor, held.holder)
    if held.life != Life.LIVE:
        raise errors.NotLive(voucher, held.life)
    number = ledger.hops.get(voucher, 0)
    if number == 0:
        raise errors.NoRecourse(voucher)
    return held, number


def _assign(ledger: Ledger, voucher: int, held: Voucher, to: int) -> None:
    """The voucher is somebody else's, who wrote nothing off, bound while others may come back on it."""
    held = replace(held, flags=held.flags & ~VoucherFlag.WRITTEN_OFF)
    pass_on(ledger, voucher, _bound_or_not(ledger, voucher, held), to)


def _bound_or_not(ledger: Ledger, voucher: int, held: Voucher) -> Voucher:
    bound = ledger.hops.get(voucher, 0) > 0
    flags = held.flags | VoucherFlag.BOUND if bound else held.flags & ~VoucherFlag.BOUND
    return replace(held, flags=flags)


def _check_hops(ledger: Ledger, voucher: int) -> None:
    if ledger.hops.get(voucher, 0) >= MAX_HOPS:
        raise errors.TooManyHops(voucher)


def _push(ledger: Ledger, voucher: int, hop: Hop) -> None:
    number = ledger.hops.get(voucher, 0) + 1
    ledger.hops[voucher] = number
    ledger.hop[voucher, number] = hop


def _pop(ledger: Ledger, voucher: int) -> None:
    number = ledger.hops[voucher]
    ledger.hop[voucher, number] = NO_HOP
    ledger.hops[voucher] = number - 1


def _close(ledger: Ledger, voucher: int) -> None:
    """A deal that is over leaves nothing but its events."""
    ledger.deal[voucher] = NO_DEAL
    ledger.filing[voucher] = NO_FILING
