"""Refusals about confirmed receivables, their vouchers and their settlement."""

from __future__ import annotations

from chain.errors.base import LedgerRefusal, Timestamp


class ReceivableUnknown(LedgerRefusal):
    """There is no confirmed receivable {receivable}."""

    receivable: int


class WrongReceivableState(LedgerRefusal):
    """Receivable {receivable} is in state {state}, which does not allow this."""

    receivable: int
    state: int


class Touched(LedgerRefusal):
    """Receivable {receivable} is paid in part, or its first voucher was split, passed on or flagged."""

    receivable: int


class RedLettered(LedgerRefusal):
    """A red-letter note came to the invoice of receivable {receivable}: its vouchers do not move."""

    receivable: int


class VoucherUnknown(LedgerRefusal):
    """There is no voucher {voucher}."""

    voucher: int


class NotLive(LedgerRefusal):
    """Voucher {voucher} is not live any more."""

    voucher: int
    life: int


class Encumbered(LedgerRefusal):
    """Voucher {voucher} is encumbered (state {encumbrance}: 1 offered, 2 locked for financing, 3 pledged)."""

    voucher: int
    encumbrance: int


class Held(LedgerRefusal):
    """Voucher {voucher} is frozen or disputed (flags {flags:#x}: 1 frozen, 2 disputed) and does not move."""

    voucher: int
    flags: int


class BoundVoucher(LedgerRefusal):
    """Others may come back on voucher {voucher}: it can be financed again, not split or passed on."""

    voucher: int


class StaleVoucher(LedgerRefusal):
    """Voucher {voucher} is at version {version}; the call expected {expected}: somebody was faster."""

    voucher: int
    version: int
    expected: int


class NotDue(LedgerRefusal):
    """Receivable {receivable} is due at {due_at}, not before."""

    receivable: int
    due_at: Timestamp


class UnredeemedPayments(LedgerRefusal):
    """Voucher {voucher} has redeemed {redeemed} of {recorded} payments: redeem first."""

    voucher: int
    redeemed: int
    recorded: int


class BadLegCount(LedgerRefusal):
    """A split has between 1 and {most} legs, not {legs} (policy {policy})."""

    legs: int
    most: int
    policy: bytes


class LegTooShort(LedgerRefusal):
    """A piece of voucher {voucher} has at least {least}, not {length} (policy {policy})."""

    voucher: int
    length: int
    least: int
    policy: bytes


class SplitExceedsVoucher(LedgerRefusal):
    """Voucher {voucher} has {available} left; {requested} was to be split off."""

    voucher: int
    requested: int
    available: int


class SplitTakesWhole(LedgerRefusal):
    """A split leaves something: the whole of voucher {voucher} is offered, not split."""

    voucher: int


class TierTooDeep(LedgerRefusal):
    """Voucher {voucher} is at tier {tier} and may not pass tier {most} (policy {policy})."""

    voucher: int
    tier: int
    most: int
    policy: bytes


class NotCounterparty(LedgerRefusal):
    """Voucher {voucher} was offered to participant {counterparty}, not to {actor}."""

    voucher: int
    actor: int
    counterparty: int


class NotOffered(LedgerRefusal):
    """Voucher {voucher} is not offered to anybody."""

    voucher: int


class NotLocked(LedgerRefusal):
    """Voucher {voucher} is not locked for a financing."""

    voucher: int


class NotPledged(LedgerRefusal):
    """Voucher {voucher} is not pledged."""

    voucher: int


class OfferLapsed(LedgerRefusal):
    """The offer of voucher {voucher} lapsed at {lapsed_at}."""

    voucher: int
    lapsed_at: Timestamp


class AcceptanceExpired(LedgerRefusal):
    """The signed acceptance of voucher {voucher} was valid until {valid_until}."""

    voucher: int
    valid_until: Timestamp


class AcceptanceOfAnother(LedgerRefusal):
    """The acceptance of voucher {voucher} is signed for participant {signer}; it goes to {to}."""

    voucher: int
    signer: int
    to: int


class NotDebtor(LedgerRefusal):
    """Receivable {receivable} is owed by participant {debtor}, not by {actor}."""

    receivable: int
    actor: int
    debtor: int


class DefencesWaived(LedgerRefusal):
    """The debtor of receivable {receivable} has waived its defences and cannot dispute."""

    receivable: int


class AlreadyFlagged(LedgerRefusal):
    """Voucher {voucher} has this flag already (flags {flags:#x})."""

    voucher: int
    flags: int


class NotFlagged(LedgerRefusal):
    """Voucher {voucher} does not have this flag (flags {flags:#x})."""

    voucher: int
    flags: int


class ReferenceUsed(LedgerRefusal):
    """Payment reference {reference} was counted before, for {used_for}."""

    reference: bytes
    used_for: int


class ReferenceEmpty(LedgerRefusal):
    """A payment needs a reference."""


class ExceedsCredit(LedgerRefusal):
    """Receivable {receivable} owes its debtor {credit} back, not {amount}."""

    receivable: int
    amount: int
    credit: int


class CreditTooLarge(LedgerRefusal):
    """Receivable {receivable} cannot owe its debtor {credit} back: such an amount is a mistake."""

    receivable: int
    credit: int


class TooManyPayments(LedgerRefusal):
    """Receivable {receivable} has room for one more payment only, which must settle it."""

    receivable: int


class NothingToRedeem(LedgerRefusal):
    """Voucher {voucher} has been redeemed for every payment recorded so far."""

    voucher: int
