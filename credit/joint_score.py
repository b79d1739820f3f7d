"""A private score as the ledger knows it: consent, job, statement, answer, decision's input.

The statement that a proof must fit is read from the ledger, never from the other party: the job names its
consent, the consent the attested record and the approved model. The bank completes the job with commitments
to what it learned, so that an examiner can later hold the decision against them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from eth_utils.crypto import keccak

from chain.ledger import OpenLedger
from chain.sending import Sent
from chain.signing import Signer
from credit.query import query_attestation
from flows.disclosure import Disclosure
from privacy.errors import StatementMismatch
from privacy.protocols.private_scoring import (
    ModelPublication,
    PrivateKey,
    ScoreBinding,
    ScoreMessage,
    ScoreStatement,
    bind_score,
    proof_hash,
    transcript_hash,
)

PURPOSE = keccak(text="counterfoil/purpose/financing-decision/1")
PROTOCOL = keccak(text="counterfoil/protocol/private-scoring/1")


@dataclass(frozen=True, slots=True)
class JointScore:
    """What the bank learned, and what it can show of it.

    Attributes:
        job: 32 bytes, the ledger's name of the computation.
        statement: what the score is about.
        score: the integer score; nobody but the bank learns it.
        message: the owner's answer with its proof.
        binding: the bank's commitment to the score, with the proof that it holds the answer's plaintext.
    """

    job: bytes
    statement: ScoreStatement
    score: int
    message: ScoreMessage
    binding: ScoreBinding

    def __repr__(self) -> str:
        return f"JointScore(job=0x{self.job.hex()})"


def score_statement(ledger: OpenLedger, job: bytes, record: Disclosure) -> ScoreStatement:
    """What a score for this job is about, as the ledger has it.

    Args:
        ledger: where job, consent and attestations are.
        job: 32 bytes, from the ledger's event.
        record: the attested record; its feature commitments are the score's inputs.

    Raises:
        StatementMismatch: the ledger has no such job, or it is completed.
        DisclosureRefused: the record is not the one the consent names.
        NotReliable: the record's attestation is missing, revoked or expired.
    """
    opened = ledger.computations.job(job)
    if not opened.consent:
        raise StatementMismatch(f"the ledger has no computation 0x{job.hex()}")
    if opened.completed_at:
        raise StatementMismatch(f"computation 0x{job.hex()} is completed")
    consent = ledger.computations.consent(opened.consent)
    attested = query_attestation(ledger, consent.input, record)
    return ScoreStatement(
        job=job,
        chain_id=ledger.manifest.chain_id,
        ledger=bytes.fromhex(ledger.computations.address[2:]),
        owner=consent.owner,
        bank=consent.counterparty,
        model=consent.model,
        attestation=consent.input,
        features=attested.feature_commitments,
    )


def receive_score(
    ledger: OpenLedger,
    key: PrivateKey,
    publication: ModelPublication,
    job: bytes,
    record: Disclosure,
    message: ScoreMessage,
) -> JointScore:
    """The bank verifies an answer, learns the score and commits to it. Nothing is written yet.

    Raises:
        StatementMismatch: the answer is for another job, model or ledger.
        ScoreProofRefused: the answer is not the model applied to the attested features.
        ScoreOutOfBounds: an attester vouched for a feature out of range.
    """
    statement = score_statement(ledger, job, record)
    binding, opening = bind_score(key, publication, statement, message)
    return JointScore(job, statement, opening.value, message, binding)


def complete_score(ledger: OpenLedger, bank: Signer, joint: JointScore) -> Sent:
    """The bank records the run: result commitment, proof and transcript, each by hash.

    Raises:
        LedgerRefusal: the job is not the bank's, or completed.
    """
    return ledger.computations.complete(
        bank,
        joint.job,
        hashlib.sha256(joint.binding.to_bytes()).digest(),
        proof_hash(joint.message),
        transcript_hash(joint.statement, joint.message),
    )
