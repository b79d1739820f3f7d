"""Participants and governance, from Python."""

from __future__ import annotations

from collections.abc import Sequence

from chain.clients.base import ContractClient
from chain.rules.state import FULL_SCOPE, Account, Participant, Proposal, ProposalState, Status
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

    def revoke_approval(self, governor: Signer, proposal: int) -> Sent:
        """A governor takes an approval back."""
        return self._send(governor, "revokeApproval", proposal)

    def cancel(self, governor: Signer, proposal: int) -> Sent:
        """The governor who proposed takes the proposal back."""
        return self._send(governor, "cancel", proposal)

    def add_account(
        self, signer: Signer, number: int, account: str, scope: int = int(FULL_SCOPE), valid_until: int = 0
    ) -> Sent:
        """A participant adds an account of its own; `valid_until` 0 is as long as the participant."""
        return self._send(signer, "addAccount", number, account, scope, valid_until)

    def set_scope(self, signer: Signer, account: str, scope: int, valid_until: int = 0) -> Sent:
        """A participant changes what an account of its own may do, and for how long."""
        return self._send(signer, "setScope", account, scope, valid_until)

    def rotate_account(self, signer: Signer, old: str, account: str) -> Sent:
        """A participant puts an account in the place of an old one."""
        return self._send(signer, "rotateAccount", old, account)

    def remove_account(self, signer: Signer, account: str) -> Sent:
        """A participant removes an account of its own."""
        return self._send(signer, "removeAccount", account)

    def participant(self, number: int) -> Participant:
        """What the chain stores of a participant; status NONE if there is none of that number."""
        roles, status, valid_until, accounts = self._ask("participant", number)
        return Participant(roles, Status(status), valid_until, accounts)

    def account(self, account: str) -> Account:
        """What the chain stores of an account; number 0 if it acts for nobody."""
        number, scope, roles, status, valid_until, own_until = self._ask("accountOf", account)
        return Account(number, scope, roles, Status(status), valid_until, own_until)

    def accounts(self, number: int) -> list[str]:
        """The accounts of a participant."""
        count = self.participant(number).accounts
        return [str(self._ask("accountAt", number, index)) for index in range(count)]

    def proposal(self, number: int) -> Proposal:
        """What the chain stores of a proposal; state NONE if there is none of that id."""
        expires_at, state, proposer, approvals = self._ask("proposal", number)
        calls_hash = bytes(self._ask("callsHash", number))
        return Proposal(expires_at, ProposalState(state), proposer, approvals, calls_hash)

    def number_of(self, account: str) -> int:
        """The participant an account acts for; 0 for none."""
        return int(self._ask("numberOf", account))

    def legal_id(self, number: int) -> bytes:
        """Salted hash of the participant's legal identity, 32 bytes."""
        return bytes(self._ask("legalId", number))

    def count(self) -> int:
        """How many participants have been admitted."""
        return int(self._ask("participantCount"))
