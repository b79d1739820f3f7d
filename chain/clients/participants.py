"""Participants and governance, from Python."""

from __future__ import annotations

from collections.abc import Sequence

from chain.clients.base import ContractClient
from chain.rules.state import Participant, Status
from chain.sending import Sent
from chain.signing import Signer

Call = tuple[str, bytes]
"""A contract's address and the encoded call to it."""


class ParticipantsClient(ContractClient):
    """Who may act. Governors change it by proposals; participants manage their own accounts."""

    def propose(self, governor: Signer, calls: Sequence[Call]) -> Sent:
        """A governor proposes calls and approves them."""
        return self._send(governor, "propose", list(calls))

    def approve(self, governor: Signer, proposal: int) -> Sent:
        """Another governor approves a proposal."""
        return self._send(governor, "approve", proposal)

    def execute(self, governor: Signer, proposal: int, calls: Sequence[Call]) -> Sent:
        """Runs the calls of a proposal that has enough approvals."""
        return self._send(governor, "execute", proposal, list(calls))

    def add_account(self, signer: Signer, number: int, account: str) -> Sent:
        """A participant adds an account of its own."""
        return self._send(signer, "addAccount", number, account)

    def remove_account(self, signer: Signer, account: str) -> Sent:
        """A participant removes an account of its own."""
        return self._send(signer, "removeAccount", account)

    def participant(self, number: int) -> Participant:
        """What the chain stores of a participant; status NONE if there is none of that number."""
        roles, status, valid_until, accounts = self._ask("participant", number)
        return Participant(roles, Status(status), valid_until, accounts)

    def number_of(self, account: str) -> int:
        """The participant an account acts for; 0 for none."""
        return int(self._ask("numberOf", account))

    def legal_id(self, number: int) -> bytes:
        """Salted hash of the participant's legal identity, 32 bytes."""
        return bytes(self._ask("legalId", number))

    def count(self) -> int:
        """How many participants have been admitted."""
        return int(self._ask("participantCount"))
