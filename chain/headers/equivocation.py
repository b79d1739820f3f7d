"""Two certificates for one height: proof that validators broke the protocol, and who.

An honest validator may seal two blocks of one height in different rounds, but two blocks cannot both get a
quorum of seals unless more than a third of the validators are dishonest. Whoever holds two nodes' headers
can show it to anyone who trusts the validators before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chain.headers.codecs import CODECS, follow
from chain.headers.header import Header, shown
from chain.headers.validators import Certificate, ValidatorSet, certify


@dataclass(frozen=True, slots=True)
class Equivocation:
    """Two blocks of one height, both with a certificate of the same validators."""

    block: int
    hashes: tuple[bytes, bytes]
    certificates: tuple[Certificate, Certificate]

    @property
    def both(self) -> tuple[bytes, ...]:
        """Who sealed both blocks, ascending."""
        first, second = (set(certificate.committers) for certificate in self.certificates)
        return tuple(sorted(first & second))

    def to_json(self) -> dict[str, Any]:
        """The evidence as JSON has it."""
        return {
            "block": self.block,
            "hashes": [shown(each) for each in self.hashes],
            "rounds": [each.round for each in self.certificates],
            "proposers": [shown(each.proposer) for each in self.certificates],
            "committers": [[shown(c) for c in each.committers] for each in self.certificates],
            "sealed_both": [shown(each) for each in self.both],
        }


def equivocation(trusted: ValidatorSet, one: Header, other: Header) -> Equivocation | None:
    """Evidence from two headers of the next height; None if they are the same block.

    The same block with other seals is no equivocation: each node keeps the seals that reached it.

    Raises:
        BadHeader: one of them has no valid certificate, and so proves nothing.
    """
    certificates = certify(one), certify(other)
    for header, certificate in zip((one, other), certificates, strict=True):
        follow(trusted, header, certificate)
    if one.hash == other.hash:
        return None
    return Equivocation(one.number, (one.hash, other.hash), certificates)


def first_equivocation(
    trusted: ValidatorSet, one: Iterable[bytes], other: Iterable[bytes]
) -> Equivocation | None:
    """Evidence from two nodes' headers, both from the block after a trusted one on; None if they agree.

    They are followed side by side for as long as both last. What one node has and the other has not yet is no
    equivocation.

    Raises:
        BadHeader: a header of either has no valid certificate.
    """
    read = CODECS[trusted.consensus.engine].read_header
    for mine, theirs in zip(one, other, strict=False):
        header = read(mine)
        if (found := equivocation(trusted, header, read(theirs))) is not None:
            return found
        trusted = follow(trusted, header)
    return None
