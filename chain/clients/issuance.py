"""How receivables come to be, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

from chain.clients.base import ContractClient
from chain.rules.state import Issue, IssueState, IssueTerms, ReceivableFlag
from chain.sending import Sent
from chain.signing import Signer


class IssuanceClient(ContractClient):
    """Proposal and confirmation (确权) of receivables, by number; reasons and documents are 32 bytes."""

    def propose(self, signer: Signer, terms: IssueTerms) -> Sent:
        """Debtor or creditor proposes a receivable; its number is in the event."""
        return self._send(signer, "propose", astuple(terms))

    def propose_many(self, signer: Signer, batch: Sequence[IssueTerms]) -> Sent:
        """Proposes several in one transaction: all or none."""
        return self._send(signer, "proposeMany", [astuple(terms) for terms in batch])

    def confirm(self, signer: Signer, receivable: int) -> Sent:
        """The other party confirms."""
        return self._send(signer, "confirm", receivable)

    def confirm_many(self, signer: Signer, receivables: Sequence[int]) -> Sent:
        """Confirms several in one transaction: all or none."""
        return self._send(signer, "confirmMany", list(receivables))

    def reject(self, signer: Signer, receivable: int, reason: bytes) -> Sent:
        """The other party rejects."""
        return self._send(signer, "reject", receivable, reason)

    def cancel(self, signer: Signer, receivable: int, reason: bytes) -> Sent:
        """The proposer takes back what nobody has confirmed."""
        return self._send(signer, "cancel", receivable, reason)

    def void_issue(self, signer: Signer, receivable: int, reason: bytes) -> Sent:
        """Debtor or creditor asks for an untouched receivable to be void; once both have, it is."""
        return self._send(signer, "voidIssue", receivable, reason)

    def flag_red_letter(self, signer: Signer, receivable: int) -> Sent:
        """Anyone says that a red-letter note came after confirmation."""
        return self._send(signer, "flagRedLetter", receivable)

    def reaffirm(self, signer: Signer, receivable: int, document: bytes) -> Sent:
        """The debtor owes the whole face despite the note."""
        return self._send(signer, "reaffirm", receivable, document)

    def issue(self, receivable: int) -> Issue:
        """What the chain stores of an issue; state NONE if there is none of that number."""
        found = Issue(*self._ask("issue", receivable))
        return replace(found, state=IssueState(found.state), flags=ReceivableFlag(found.flags))

    def count(self) -> int:
        """How many receivables have been proposed."""
        return int(self._ask("issueCount"))
