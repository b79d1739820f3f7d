"""A bank's query of an attestation: what was shown, checked against what the ledger says."""

from __future__ import annotations

from dataclasses import dataclass

from chain.clients.attestations import AttestationStatus
from chain.ledger import OpenLedger
from flows.disclosure import Disclosure, verify_disclosure
from flows.fields import Field


class NotReliable(Exception):
    """The disclosure is sound but the attestation behind it must not be relied on; `rule` names why."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class VerifiedAttestation:
    """Fields that a named attester stands for, as of a block.

    Attributes:
        commitment: 32 bytes, what is attested.
        status: what the ledger says of it.
        fields: the disclosed fields by path.
        withheld: how many fields were not shown.
        feature_commitments: commitments to numeric features, bound by the attestation.
        block: the block the status was read at.
    """

    commitment: bytes
    status: AttestationStatus
    fields: dict[str, Field]
    withheld: int
    feature_commitments: tuple[bytes, ...]
    block: int


def query_attestation(ledger: OpenLedger, commitment: bytes, disclosure: Disclosure) -> VerifiedAttestation:
    """Checks a disclosure against the ledger.

    Args:
        ledger: where the attestation is.
        commitment: 32 bytes, taken from the ledger (a receivable, a consent), never from the discloser.
        disclosure: what the owner of the evidence shows.

    Raises:
        DisclosureRefused: a field, salt or proof does not belong to the commitment.
        NotReliable: nobody attested the commitment, it is revoked or expired, or at another level.
    """
    with ledger.engine.lock:
        block = ledger.engine.w3.eth.block_number
        status = ledger.attestations.status_of(commitment)
    name = f"0x{commitment.hex()}"
    if not status.exists:
        raise NotReliable("attestation-unknown", f"{name} is not attested")
    if status.revoked:
        raise NotReliable("attestation-revoked", f"{name} was revoked by participant {status.attester}")
    if status.expired:
        raise NotReliable("attestation-expired", f"the attestation of {name} has expired")
    fields = verify_disclosure(disclosure, commitment)
    if disclosure.level is None or disclosure.level != status.level:
        raise NotReliable(
            "attestation-level",
            f"{name} is attested at L{status.level}, its evidence says {disclosure.level}",
        )
    return VerifiedAttestation(
        commitment=commitment,
        status=status,
        fields=fields,
        withheld=disclosure.count - len(fields),
        feature_commitments=disclosure.feature_commitments,
        block=block,
    )
