"""Attestations, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chain.clients.base import ContractClient
from chain.sending import Sent
from chain.signing import Signer


@dataclass(frozen=True, slots=True)
class AttestationStatus:
    """What counts about a statement now; `attested_at` in seconds since 1970 (UTC)."""

    exists: bool
    revoked: bool
    expired: bool
    attester: int
    schema: int
    level: int
    attested_at: int

    @property
    def valid(self) -> bool:
        """Whether somebody may rely on it."""
        return self.exists and not self.revoked and not self.expired


class AttestationsClient(ContractClient):
    """Named attesters' statements about commitments of 32 bytes."""

    def attest(
        self, signer: Signer, commitment: bytes, schema: int, subject: bytes, level: int, expires_at: int
    ) -> Sent:
        """States something about a commitment; `expires_at` 0 is never."""
        return self._send(signer, "attest", commitment, schema, subject, level, expires_at)

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
