"""Receivables and vouchers, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

from chain.clients.base import ContractClient, compact
from chain.rules.state import (
    Acceptance,
    Encumbrance,
    Leg,
    Life,
    Receivable,
    ReceivableFlag,
    ReceivableState,
    Voucher,
    VoucherFlag,
)
from chain.sending import Sent
from chain.signing import Signer

_ACCEPTANCE = {
    "voucher": "uint80",
    "version": "uint8",
    "from": "uint32",
    "to": "uint32",
    "length": "uint48",
    "evidence": "bytes32",
    "validUntil": "uint40",
}


class ReceivablesClient(ContractClient):
    """Confirmed receivables and the vouchers that pass them on; amounts in minor units.

    Whoever moves a voucher says which version of it is expected, so that a call sent twice acts once.
    Evidence, reasons, documents and references are 32 bytes.
    """

    def split(self, signer: Signer, voucher: int, expected: int, legs: Sequence[Leg]) -> Sent:
        """The holder cuts pieces off the end, one after another, each kept or offered on."""
        return self._send(signer, "split", voucher, expected, [astuple(leg) for leg in legs])

    def offer(self, signer: Signer, voucher: int, expected: int, to: int, evidence: bytes) -> Sent:
        """The holder offers the whole voucher."""
        return self._send(signer, "offer", voucher, expected, to, evidence)

    def accept(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """The receiver accepts (签收)."""
        return self._send(signer, "accept", voucher, expected)

    def sign_acceptance(self, receiver: Signer, acceptance: Acceptance) -> bytes:
        """The receiver's EIP-712 signature of an acceptance, 65 bytes; nothing is sent."""
        return self._sign(receiver, "Receivables", "Acceptance", _ACCEPTANCE, astuple(acceptance))

    def transfer(
        self,
        signer: Signer,
        *,
        voucher: int,
        expected: int,
        to: int,
        evidence: bytes,
        valid_until: int,
        signature: bytes,
    ) -> Sent:
        """The holder passes a whole voucher on at once, with the receiver's signed acceptance."""
        return self._send(
            signer, "transfer", voucher, expected, to, evidence, valid_until, *compact(signature)
        )

    def accept_by_signature(
        self, signer: Signer, voucher: int, expected: int, valid_until: int, signature: bytes
    ) -> Sent:
        """Anyone brings the receiver's signed acceptance of an offer."""
        return self._send(signer, "acceptBySignature", voucher, expected, valid_until, *compact(signature))

    def refuse(self, signer: Signer, voucher: int, expected: int, reason: bytes) -> Sent:
        """The receiver refuses (拒收)."""
        return self._send(signer, "refuse", voucher, expected, reason)

    def withdraw(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """The holder takes an offer back."""
        return self._send(signer, "withdraw", voucher, expected)

    def freeze(self, signer: Signer, voucher: int, reason: bytes, document: bytes) -> Sent:
        """A regulator stops a voucher from moving (冻结)."""
        return self._send(signer, "freeze", voucher, reason, document)

    def unfreeze(self, signer: Signer, voucher: int, document: bytes) -> Sent:
        """A regulator lets it move again (解冻)."""
        return self._send(signer, "unfreeze", voucher, document)

    def dispute(self, signer: Signer, voucher: int, reason: bytes, document: bytes) -> Sent:
        """The debtor disputes a voucher, unless it has waived its defences."""
        return self._send(signer, "dispute", voucher, reason, document)

    def end_dispute(self, signer: Signer, voucher: int, document: bytes) -> Sent:
        """The debtor gives a dispute up, or a regulator ends it."""
        return self._send(signer, "endDispute", voucher, document)

    def record_payment(self, signer: Signer, receivable: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests a payment by the debtor."""
        return self._send(signer, "recordPayment", receivable, amount, reference)

    def return_credit(self, signer: Signer, receivable: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests that the debtor got back what it had paid too much."""
        return self._send(signer, "returnCredit", receivable, amount, reference)

    def redeem(self, signer: Signer, receivable: int, starts: Sequence[int]) -> Sent:
        """Pays vouchers, by where they begin, their part of what was paid."""
        return self._send(signer, "redeem", receivable, list(starts))

    def write_off(self, signer: Signer, voucher: int, expected: int, document: bytes) -> Sent:
        """The holder writes off what is overdue (核销); the claim stays."""
        return self._send(signer, "writeOff", voucher, expected, document)

    def receivable(self, number: int) -> Receivable:
        """What the chain stores of a receivable; state NONE if there is none of that number."""
        found = Receivable(*self._ask("receivable", number))
        return replace(found, state=ReceivableState(found.state), flags=ReceivableFlag(found.flags))

    def voucher(self, number: int) -> Voucher:
        """What the chain stores of a voucher; life NONE if there is none of that id."""
        found = Voucher(*self._ask("voucher", number))
        return replace(
            found,
            life=Life(found.life),
            encumbrance=Encumbrance(found.encumbrance),
            flags=VoucherFlag(found.flags),
        )

    def unpaid_of(self, voucher: int) -> int:
        """Minor units of a voucher that no payment has covered yet."""
        return int(self._ask("unpaidOf", voucher))

    def paid_after(self, receivable: int, payment: int) -> int:
        """What was paid in all after a payment of a receivable, numbered from one."""
        return int(self._ask("paidAfter", receivable, payment))

    def reference_used(self, reference: bytes) -> int:
        """What a payment's reference was used for, a receivable or a voucher; 0 for nothing."""
        return int(self._ask("referenceUsed", reference))
