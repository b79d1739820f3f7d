"""Consents and joint computations, from Python."""

from __future__ import annotations

from chain.clients.base import ContractClient
from chain.rules.state import Consent, Job
from chain.sending import Sent
from chain.signing import Signer


class ComputationsClient(ContractClient):
    """Who allowed what to be computed, and what came of it; hashes are 32 bytes."""

    def grant(
        self,
        signer: Signer,
        *,
        counterparty: int,
        purpose: bytes,
        protocol: bytes,
        input_: bytes,
        model: bytes,
        budget: int,
        expires_at: int,
    ) -> Sent:
        """The owner of attested inputs consents to computations with an attested model."""
        return self._send(signer, "grant", counterparty, purpose, protocol, input_, model, budget, expires_at)

    def withdraw(self, signer: Signer, consent: int) -> Sent:
        """The owner ends a consent."""
        return self._send(signer, "withdraw", consent)

    def open(self, signer: Signer, consent: int) -> Sent:
        """The counterparty opens a computation; its id is in the event."""
        return self._send(signer, "open", consent)

    def complete(
        self, signer: Signer, job: bytes, result: bytes, proof_hash: bytes, transcript: bytes
    ) -> Sent:
        """The counterparty commits to result, proof and transcript."""
        return self._send(signer, "complete", job, result, proof_hash, transcript)

    def consent(self, number: int) -> Consent:
        """What the chain stores of a consent; owner 0 if there is none of that number."""
        return Consent(*self._ask("consent", number))

    def job(self, job: bytes) -> Job:
        """What the chain stores of a computation; consent 0 if there is none of that id."""
        return Job(*self._ask("job", job))
