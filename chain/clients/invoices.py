"""Invoices, from Python."""

from __future__ import annotations

from collections.abc import Sequence

from chain.clients.base import ContractClient
from chain.rules.state import Invoice
from chain.sending import Sent
from chain.signing import Signer


class InvoicesClient(ContractClient):
    """What each invoice may back and backs already; nullifiers and documents are 32 bytes."""

    def register(self, signer: Signer, nullifier: bytes, creditor: int, currency: int, total: int) -> Sent:
        """A tax attester states whose an invoice is and what it may back, in minor units."""
        return self._send(signer, "register", nullifier, creditor, currency, total)

    def credit(
        self, signer: Signer, nullifier: bytes, amount: int, document: bytes, receivables: Sequence[int] = ()
    ) -> Sent:
        """The attester tells of a red-letter note; the receivables that rest on the invoice are flagged."""
        return self._send(signer, "credit", nullifier, amount, document, list(receivables))

    def correct(self, signer: Signer, nullifier: bytes, total: int, document: bytes) -> Sent:
        """The attester corrects what it registered by mistake, while nothing rests on it."""
        return self._send(signer, "correct", nullifier, total, document)

    def invoice(self, nullifier: bytes) -> Invoice:
        """What the chain stores of an invoice; all zero if nobody registered it."""
        return Invoice(*self._ask("invoice", nullifier))
