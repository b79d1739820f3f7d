"""Financing of vouchers (保理融资), from Python."""

from __future__ import annotations

from dataclasses import astuple, replace

from chain.clients.base import ContractClient, compact
from chain.rules.state import Claim, Deal, Filing, Hop, Kind, Quote
from chain.sending import Sent
from chain.signing import Signer

_QUOTE = {
    "voucher": "uint80",
    "version": "uint8",
    "financier": "uint32",
    "kind": "uint8",
    "face": "uint48",
    "proceeds": "uint48",
    "interest": "uint48",
    "debtorInterest": "uint48",
    "fees": "uint48",
    "maturesAt": "uint40",
    "validUntil": "uint40",
    "terms": "bytes32",
}


class FinancingClient(ContractClient):
    """Vouchers bought, with recourse or without, or lent against; amounts in minor units.

    Documents, references and hashes are 32 bytes; `expected` is the version of the voucher.
    """

    def sign_quote(self, financier: Signer, quote: Quote) -> bytes:
        """The financier's EIP-712 signature of a quote, 65 bytes; nothing is sent."""
        return self._sign(financier, "Financing", "Quote", _QUOTE, astuple(quote))

    def quote_digest(self, quote: Quote) -> bytes:
        """What a financier signs, and what a quote that is over is known by."""
        return bytes(self._ask("quoteDigest", astuple(quote)))

    def cancel_quote(self, signer: Signer, quote: Quote) -> Sent:
        """The financier takes back a quote that nobody has accepted."""
        return self._send(signer, "cancelQuote", astuple(quote))

    def accept_quote(
        self, signer: Signer, quote: Quote, signature: bytes, justification: bytes = bytes(32)
    ) -> Sent:
        """The holder accepts a signed quote; the voucher is locked. An extended term is to be justified."""
        return self._send(signer, "acceptQuote", astuple(quote), *compact(signature), justification)

    def file(
        self,
        signer: Signer,
        *,
        voucher: int,
        expected: int,
        registration: bytes,
        agreement: bytes,
        registered_at: int,
    ) -> Sent:
        """The financier files the registration and the contract, before the money is paid."""
        return self._send(signer, "file", voucher, expected, registration, agreement, registered_at)

    def disburse(self, signer: Signer, voucher: int, expected: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests that the proceeds were paid."""
        return self._send(signer, "disburse", voucher, expected, amount, reference)

    def release_lock(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """Frees a voucher whose financing came to nothing."""
        return self._send(signer, "releaseLock", voucher, expected)

    def repay(self, signer: Signer, voucher: int, expected: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests that the borrower repaid what it owes on a pledged voucher."""
        return self._send(signer, "repay", voucher, expected, amount, reference)

    def release_pledge(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """The lender gives its pledge up, or the holder ends it once nothing is owed."""
        return self._send(signer, "releasePledge", voucher, expected)

    def enforce_pledge(self, signer: Signer, voucher: int, expected: int) -> Sent:
        """The lender takes the voucher for a loan that is due."""
        return self._send(signer, "enforcePledge", voucher, expected)

    def close_loan(self, signer: Signer, voucher: int) -> Sent:
        """Anyone closes a loan whose voucher was paid in full to its lender."""
        return self._send(signer, "closeLoan", voucher)

    def demand_recourse(self, signer: Signer, voucher: int, document: bytes) -> Sent:
        """The holder demands that the one it bought from buys the voucher back."""
        return self._send(signer, "demandRecourse", voucher, document)

    def buy_back(self, signer: Signer, voucher: int, expected: int, amount: int, reference: bytes) -> Sent:
        """A settlement bank attests that it was bought back (反转让)."""
        return self._send(signer, "buyBack", voucher, expected, amount, reference)

    def waive_recourse(self, signer: Signer, voucher: int) -> Sent:
        """The holder gives its recourse up."""
        return self._send(signer, "waiveRecourse", voucher)

    def assert_claim(
        self,
        signer: Signer,
        *,
        receivable: int,
        amount: int,
        registered_at: int,
        noticed_at: int,
        document: bytes,
    ) -> Sent:
        """A financier tells what it claims of a receivable under a contract made elsewhere."""
        return self._send(signer, "assertClaim", receivable, amount, registered_at, noticed_at, document)

    def withdraw_claim(self, signer: Signer, claim: int) -> Sent:
        """The financier withdraws a claim."""
        return self._send(signer, "withdrawClaim", claim)

    def deal(self, voucher: int) -> Deal:
        """The accepted quote of a voucher; all zero for none."""
        found = Deal(*self._ask("deal", voucher))
        return replace(found, kind=Kind(found.kind))

    def filing(self, voucher: int) -> Filing:
        """What was filed of a voucher's financing; all zero for nothing."""
        return Filing(*self._ask("filing", voucher))

    def hops(self, voucher: int) -> int:
        """How many of those a voucher was financed from may be due something, or be made to buy it back."""
        return int(self._ask("hops", voucher))

    def hop(self, voucher: int, number: int) -> Hop:
        """One of them, numbered from one; all zero for none."""
        return Hop(*self._ask("hop", voucher, number))

    def owed_on(self, voucher: int) -> int:
        """What the borrower still owes on a pledged voucher."""
        return int(self._ask("owedOn", voucher))

    def quote_over(self, digest: bytes) -> bool:
        """Whether a quote was accepted or taken back: a signature locks a voucher once."""
        return bool(self._ask("quoteOver", digest))

    def claim(self, number: int) -> Claim:
        """What the chain stores of a claim; all zero if there is none of that number."""
        return Claim(*self._ask("claim", number))

    def claim_count(self) -> int:
        """How many claims have been asserted."""
        return int(self._ask("claimCount"))
