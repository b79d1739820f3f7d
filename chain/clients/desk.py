"""The desk of participants that work with maker and checker, from Python."""

from __future__ import annotations

from chain.clients.base import ContractClient
from chain.clients.participants import Call
from chain.hands import hand_of
from chain.rules.state import Draft, DraftState
from chain.sending import Sent
from chain.signing import Signer


class DeskClient(ContractClient):
    """Two people for everything: one makes a draft of a call, another checks it, the hand calls."""

    def open(self, signer: Signer) -> Sent:
        """An administrator has its participant's hand made; it is then added as an account."""
        return self._send(signer, "open")

    def make(self, signer: Signer, call: Call) -> Sent:
        """A maker drafts a call; the draft's id is in the event."""
        return self._send(signer, "make", *call)

    def check(self, signer: Signer, draft: int, call: Call) -> Sent:
        """A checker has the hand make the call that was drafted."""
        return self._send(signer, "check", draft, *call)

    def reject(self, signer: Signer, draft: int, reason: bytes) -> Sent:
        """A checker turns a draft down."""
        return self._send(signer, "reject", draft, reason)

    def cancel(self, signer: Signer, draft: int) -> Sent:
        """The maker takes a draft back."""
        return self._send(signer, "cancel", draft)

    def hand_of(self, number: int) -> str:
        """Where a participant's hand is, made or not."""
        return hand_of(self.address, number)

    def draft(self, number: int) -> Draft:
        """What the chain stores of a draft; state NONE if there is none of that id."""
        owner, expires_at, state, maker, call_hash = self._ask("draft", number)
        return Draft(owner, expires_at, DraftState(state), maker, call_hash)
