"""The vault: evidence kept for its owners, and which fields of it were granted to whom, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from flows.disclosure import Disclosure, disclose
from flows.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Grant:
    """What an owner lets a participant read: fields by path, or all below a path that ends in "/"."""

    commitment: bytes
    owner: int
    grantee: int
    paths: tuple[str, ...]


class EvidenceNotKept(LookupError):
    """The participant keeps no evidence with this commitment here."""


class NothingGranted(LookupError):
    """No field of the evidence with this commitment was granted to the participant here."""


class Vault:
    """Evidence by its owner and commitment, and grants. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, bytes], Evidence] = {}
        self._grants: dict[tuple[int, bytes, int], Grant] = {}

    def __repr__(self) -> str:
        return f"Vault(evidence={len(self._kept)}, grants={len(self._grants)})"

    def keep(self, owner: int, evidence: Evidence) -> None:
        """Keeps evidence for its owner."""
        with self._lock:
            self._kept[(owner, evidence.commitment)] = evidence

    def grant(self, owner: int, commitment: bytes, grantee: int, paths: Iterable[str]) -> Grant:
        """Lets a participant read fields, besides those it was granted before.

        Raises:
            EvidenceNotKept: the owner keeps no such evidence here.
            DisclosureRefused: a path names no field.
        """
        with self._lock:
            evidence = self._evidence(owner, commitment)
            given = tuple(dict.fromkeys(paths))
            disclose(evidence, given)
            earlier = self._grants.get((owner, commitment, grantee))
            if earlier is not None:
                given = tuple(dict.fromkeys((*earlier.paths, *given)))
            grant = Grant(commitment, owner, grantee, given)
            self._grants[(owner, commitment, grantee)] = grant
            return grant

    def grants(self, owner: int, commitment: bytes) -> tuple[Grant, ...]:
        """What an owner has granted of its evidence, by grantee.

        Raises:
            EvidenceNotKept: the owner keeps no such evidence here.
        """
        with self._lock:
            self._evidence(owner, commitment)
            own = [g for g in self._grants.values() if (g.commitment, g.owner) == (commitment, owner)]
        return tuple(sorted(own, key=lambda grant: grant.grantee))

    def disclosure(self, reader: int, commitment: bytes) -> Disclosure:
        """The fields granted to a participant, with their proofs, whichever of its owners granted them.

        Raises:
            NothingGranted: there is no grant to it.
        """
        with self._lock:
            granted = [g for g in self._grants.values() if (g.commitment, g.grantee) == (commitment, reader)]
            if not granted:
                raise NothingGranted
            evidence = self._kept[(granted[0].owner, commitment)]
            return disclose(evidence, [path for grant in granted for path in grant.paths])

    def contents(self) -> tuple[list[tuple[int, Evidence]], list[Grant]]:
        """All evidence with its owners, and all grants."""
        with self._lock:
            return [(owner, each) for (owner, _), each in self._kept.items()], list(self._grants.values())

    def _evidence(self, owner: int, commitment: bytes) -> Evidence:
        evidence = self._kept.get((owner, commitment))
        if evidence is None:
            raise EvidenceNotKept
        return evidence
