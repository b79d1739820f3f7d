"""Consents and joint computations, from Python."""

from __future__ import annotations

from collections.abc import Sequence

from chain.clients.base import ContractClient
from chain.rules.state import Consent, Job, JobState, Terms
from chain.sending import Sent
from chain.signing import Signer


class ComputationsClient(ContractClient):
    """Who allowed what to be computed, and what came of it; hashes are 32 bytes."""

    def grant(
        self, signer: Signer, counterparties: Sequence[int], terms: Terms, budget: int, expires_at: int
    ) -> Sent:
        """The owner of attested inputs consents to computations with an attested model.

        Up to eight counterparties, in ascending order, share the budget.
        """
        return self._send(signer, "grant", list(counterparties), _values(terms), budget, expires_at)

    def withdraw(self, signer: Signer, consent: int) -> Sent:
        """The owner ends a consent."""
        return self._send(signer, "withdraw", consent)

    def open(self, signer: Signer, consent: int, terms: Terms) -> Sent:
        """A counterparty opens a computation on the consent's terms; its id is in the event."""
        return self._send(signer, "open", consent, _values(terms))

    def complete(
        self, signer: Signer, job: bytes, result: bytes, proof_hash: bytes, transcript: bytes
    ) -> Sent:
        """Whoever opened it commits to result, proof and transcript."""
        return self._send(signer, "complete", job, result, proof_hash, transcript)

    def abandon(self, signer: Signer, job: bytes, reason: bytes) -> Sent:
        """Whoever opened it says that there will be no result."""
        return self._send(signer, "abandon", job, reason)

    def consent(self, number: int) -> Consent:
        """What the chain stores of a consent; owner 0 if there is none of that number."""
        return Consent(*self._ask("consent", number))

    def job(self, job: bytes) -> Job:
        """What the chain stores of a computation; consent 0 if there is none of that id."""
        consent, opener, opened_at, closed_at, state, outcome = self._ask("job", job)
        return Job(consent, opener, opened_at, closed_at, JobState(state), outcome)


def _values(terms: Terms) -> tuple[bytes, bytes, bytes, list[bytes]]:
    return terms.purpose, terms.protocol, terms.model, list(terms.inputs)
