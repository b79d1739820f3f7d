"""Attestations, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from chain.clients.base import ContractClient
from chain.rules.state import Statement
from chain.sending import Sent
from chain.signing import Signer

_STATEMENT = {
    "commitment": "bytes32",
    "schema": "uint32",
    "subject": "bytes32",
    "level": "uint8",
    "expiresAt": "uint40",
}
_REVOCATION = {"commitment": "bytes32", "reason": "bytes32"}
_DEADLINE = {"deadline": "uint40"}


@dataclass(frozen=True, slots=True)
class AttestationStatus:
    """What counts about a statement now; `attested_at` in seconds since 1970 (UTC).

    What was superseded is revoked and names its `successor`; 32 zero bytes are none.
    """

    exists: bool
    revoked: bool
    expired: bool
    attester: int
    schema: int
    level: int
    attested_at: int
    successor: bytes

    @property
    def valid(self) -> bool:
        """Whether somebody may rely on it."""
        return self.exists and not self.revoked and not self.expired


class AttestationsClient(ContractClient):
    """Named attesters' statements about commitments of 32 bytes."""

    def attest(self, signer: Signer, statement: Statement) -> Sent:
        """States something about a commitment."""
        return self._send(signer, "attest", astuple(statement))

    def attest_many(self, signer: Signer, statements: Sequence[Statement]) -> Sent:
        """Makes several statements in one transaction."""
        return self._send(signer, "attestMany", [astuple(each) for each in statements])

    def supersede(self, signer: Signer, commitment: bytes, statement: Statement) -> Sent:
        """Puts a statement in the place of an older one of the same attester."""
        return self._send(signer, "supersede", commitment, astuple(statement))

    def sign_statement(self, attester: Signer, statement: Statement, deadline: int) -> bytes:
        """The attester's EIP-712 signature of a statement, 65 bytes; nothing is sent."""
        values = (*astuple(statement), deadline)
        return self._sign(attester, "Attestations", "Attest", {**_STATEMENT, **_DEADLINE}, values)

    def attest_by_signature(
        self, signer: Signer, statement: Statement, deadline: int, signature: bytes
    ) -> Sent:
        """Anyone sends what an attester signed, up to and including the deadline."""
        return self._send(signer, "attestBySignature", astuple(statement), deadline, signature)

    def sign_revocation(self, attester: Signer, commitment: bytes, reason: bytes, deadline: int) -> bytes:
        """The attester's EIP-712 signature of a revocation, 65 bytes; nothing is sent."""
        values = (commitment, reason, deadline)
        return self._sign(attester, "Attestations", "Revoke", {**_REVOCATION, **_DEADLINE}, values)

    def revoke_by_signature(
        self, signer: Signer, commitment: bytes, reason: bytes, deadline: int, signature: bytes
    ) -> Sent:
        """Anyone sends a revocation that the attester signed, up to and including the deadline."""
        return self._send(signer, "revokeBySignature", commitment, reason, deadline, signature)

    def anchor(
        self, signer: Signer, root: bytes, schema: int, count: int, expires_at: int, manifest: bytes
    ) -> Sent:
        """States all `count` leaves of a Merkle tree at once."""
        return self._send(signer, "anchor", root, schema, count, expires_at, manifest)

    def revoke(self, signer: Signer, commitment: bytes, reason: bytes) -> Sent:
        """Takes a statement back."""
        return self._send(signer, "revoke", commitment, reason)

    def revoke_leaf(self, signer: Signer, root: bytes, index: int, reason: bytes) -> Sent:
        """Takes one statement of a batch back."""
        return self._send(signer, "revokeLeaf", root, index, reason)

    def status_of(self, commitment: bytes) -> AttestationStatus:
        """What counts about a statement now."""
        return AttestationStatus(*self._ask("statusOf", commitment))

    def status_of_leaf(
        self, root: bytes, commitment: bytes, subject: bytes, index: int, proof: Sequence[bytes]
    ) -> AttestationStatus:
        """What counts about one statement of a batch now."""
        return AttestationStatus(*self._ask("statusOfLeaf", root, commitment, subject, index, list(proof)))

    def flows_of(self, subject: bytes) -> int:
        """The flows of a subject that are covered now, by its newest statements: trade 1 to funds 8."""
        return int(self._ask("flowsOf", subject))
