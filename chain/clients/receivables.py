"""Receivables and vouchers, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from eth_account.messages import encode_typed_data

from chain.clients.base import ContractClient
from chain.rules.state import (
    Encumbrance,
    Invoice,
    Leg,
    Life,
    Lock,
    Policy,
    Quote,
    Receivable,
    ReceivableState,
    Voucher,
)
from chain.sending import Sent
from chain.signing import Signer

_QUOTE_FIELDS = [
    {"name": "voucher", "type": "uint64"},
    {"name": "version", "type": "uint8"},
    {"name": "financier", "type": "uint32"},
    {"name": "face", "type": "uint48"},
    {"name": "proceeds", "type": "uint48"},
    {"name": "validUntil", "type": "uint40"},
    {"name": "terms", "type": "bytes32"},
]


class ReceivablesClient(ContractClient):
    """Receivables and the vouchers that pass them on; amounts in minor units."""

    def register_invoice(
        self, signer: Signer, nullifier: bytes, creditor: int, currency: int, total: int
    ) -> Sent:
        """A tax attester states whose an invoice is and what it may back."""
        return self._send(signer, "registerInvoice", nullifier, creditor, currency, total)

    def propose(
        self,
        signer: Signer,
        *,
        debtor: int,
        creditor: int,
        face: int,
        currency: int,
        due_at: int,
        evidence: bytes,
        invoice: bytes,
    ) -> Sent:
        """Debtor or creditor proposes a receivable."""
        return self._send(signer, "propose", debtor, creditor, face, currency, due_at, evidence, invoice)

    def confirm(self, signer: Signer, receivable: int) -> Sent:
        """The other party confirms (确权)."""
        return self._send(signer, "confirm", receivable)

    def reject(self, signer: Signer, receivable: int, reason: bytes) -> Sent:
        """The other party rejects."""
        return self._send(signer, "reject", receivable, reason)

    def cancel(self, signer: Signer, receivable: int, reason: bytes) -> Sent:
        """The proposer takes it back."""
        return self._send(signer, "cancel", receivable, reason)

    def split(self, signer: Signer, voucher: int, expected: int, legs: Sequence[Leg]) -> Sent:
        """The holder cuts pieces off, each kept or offered on."""
        return self._send(signer, "split", voucher, expected, [astuple(leg) for leg in legs])

    def offer(self, signer: Signer, voucher: int, expected: int, to: int, evidence: bytes) -> Sent:
        """The holder offers the whole voucher."""
        return self._send(signer, "offer", voucher, expected, to, evidence)

    def accept(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """The receiver accepts (签收)."""
        return self._send(signer, "accept", voucher, expected)

    def refuse(self, signer: Signer, voucher: int, expected: int, reason: bytes) -> Sent:
        """The receiver refuses (拒收)."""
        return self._send(signer, "refuse", voucher, expected, reason)

    def withdraw(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """The holder takes an offer back."""
        return self._send(signer, "withdraw", voucher, expected)

    def sign_quote(self, financier: Signer, quote: Quote) -> bytes:
        """The financier's EIP-712 signature of a quote, 65 bytes; nothing is sent."""
        message = encode_typed_data(
            domain_data={
                "name": "Counterfoil Receivables",
                "version": "1",
                "chainId": self.engine.w3.eth.chain_id,
                "verifyingContract": self.address,
            },
            message_types={"Quote": _QUOTE_FIELDS},
            message_data={
                field["name"]: value for field, value in zip(_QUOTE_FIELDS, astuple(quote), strict=True)
            },
        )
        return financier.sign_message(message)

    def accept_quote(self, signer: Signer, quote: Quote, signature: bytes) -> Sent:
        """The holder accepts a signed quote; the voucher is locked."""
        return self._send(signer, "acceptQuote", astuple(quote), signature)

    def disburse(self, signer: Signer, voucher: int, expected: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests that the proceeds were paid."""
        return self._send(signer, "disburse", voucher, expected, amount, reference)

    def release_lock(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """Frees a voucher whose financing came to nothing."""
        return self._send(signer, "releaseLock", voucher, expected)

    def record_payment(self, signer: Signer, receivable: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests a payment by the debtor."""
        return self._send(signer, "recordPayment", receivable, amount, reference)

    def redeem(self, signer: Signer, receivable: int, vouchers: Sequence[int]) -> Sent:
        """Pays vouchers (by number) their part of what was paid."""
        return self._send(signer, "redeem", receivable, list(vouchers))

    def policy(self) -> Policy:
        """The limits in force."""
        return Policy(*self._ask("policy"))

    def invoice(self, nullifier: bytes) -> Invoice:
        """What an invoice may back; all zero if nobody registered it."""
        return Invoice(*self._ask("invoice", nullifier))

    def receivable(self, number: int) -> Receivable:
        """What the chain stores of a receivable; state NONE if there is none of that number."""
        values = list(self._ask("receivable", number))
        values[5] = ReceivableState(values[5])
        return Receivable(*values)

    def voucher(self, number: int) -> Voucher:
        """What the chain stores of a voucher; life NONE if there is none of that id."""
        values = list(self._ask("voucher", number))
        values[7], values[8] = Life(values[7]), Encumbrance(values[8])
        return Voucher(*values)

    def lock(self, voucher: int) -> Lock:
        """The accepted quote a voucher is locked for; all zero for none."""
        return Lock(*self._ask("lock", voucher))

    def count(self) -> int:
        """How many receivables have been proposed."""
        return int(self._ask("receivableCount"))
