"""Events of vouchers passed on, held up and paid."""

from __future__ import annotations

from dataclasses import dataclass

from chain.events.base import Event


@dataclass(frozen=True, slots=True)
class Split(Event):
    """A piece was cut off the end of a voucher; it is offered unless `to` holds it."""

    child: int
    parent: int
    to: int
    length: int
    evidence: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Offered(Event):
    """A holder offered a whole voucher."""

    voucher: int
    from_: int
    to: int
    evidence: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Accepted(Event):
    """A receiver accepted a voucher (签收) and holds it."""

    voucher: int
    from_: int
    to: int
    actor: str


@dataclass(frozen=True, slots=True)
class AcceptanceCarried(Event):
    """Somebody brought the receiver's signed acceptance, which follows; `signer` signed it."""

    voucher: int
    signer: str


@dataclass(frozen=True, slots=True)
class Transferred(Event):
    """A voucher passed on at once; `signer` signed the acceptance for its receiver."""

    voucher: int
    from_: int
    to: int
    evidence: bytes
    signer: str
    actor: str


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A receiver refused a voucher (拒收)."""

    voucher: int
    from_: int
    to: int
    reason: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """A holder took back an offer."""

    voucher: int
    from_: int
    actor: str


@dataclass(frozen=True, slots=True)
class Frozen(Event):
    """A regulator stopped a voucher from moving (冻结)."""

    voucher: int
    by: int
    reason: bytes
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Unfrozen(Event):
    """A regulator let a frozen voucher move again (解冻)."""

    voucher: int
    by: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class Disputed(Event):
    """The debtor disputes a voucher."""

    voucher: int
    by: int
    reason: bytes
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class DisputeEnded(Event):
    """The debtor gave a dispute up, or a regulator ended it."""

    voucher: int
    by: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class WrittenOff(Event):
    """A holder wrote off what is overdue (核销); the claim stays."""

    voucher: int
    holder: int
    document: bytes
    actor: str


@dataclass(frozen=True, slots=True)
class PaymentRecorded(Event):
    """A settlement bank attested a payment by the debtor; `credit` is what it has paid too much so far."""

    receivable: int
    reference: bytes
    amount: int
    paid: int
    credit: int
    actor: str


@dataclass(frozen=True, slots=True)
class CreditReturned(Event):
    """A settlement bank attested that the debtor got back what it had paid too much."""

    receivable: int
    reference: bytes
    amount: int
    credit: int
    actor: str


@dataclass(frozen=True, slots=True)
class Redeemed(Event):
    """A voucher was paid its part of the payments recorded, to its holder or pledgee."""

    voucher: int
    payee: int
    amount: int
    actor: str
