"""A private score as the ledger knows it: consent, job, statement, answer, decision's input.

The statement that a proof must fit is what the ledger has, never the other party's word: the job names its
consent, the consent the hash of its terms, and the terms the attested record and the approved model. The
bank completes the job with commitments to what it learned, so that an examiner can later hold the decision
against them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from eth_utils.crypto import keccak

from chain.ledger import OpenLedger
from chain.rules.computations import hash_of_terms
from chain.rules.state import JobState, Terms
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


def score_terms(attestation: bytes, model: bytes) -> Terms:
    """What an owner consents to for a private score: this protocol, on one attested record, with one model.

    Args:
        attestation: 32 bytes, the commitment of the record.
        model: 32 bytes, the commitment of the approved model.
    """
    return Terms(PURPOSE, PROTOCOL, model, (attestation,))


def score_statement(ledger: OpenLedger, job: bytes, terms: Terms, record: Disclosure) -> ScoreStatement:
    """What a score for this job is about, as the ledger has it.

    Args:
        ledger: where job, consent and attestations are.
        job: 32 bytes, from the ledger's event.
        terms: what the job's consent allows; the ledger has their hash.
        record: the attested record; its feature commitments are the score's inputs.

    Raises:
        StatementMismatch: the ledger has no such job, it is closed, or its consent is for other terms or for
            another kind of computation.
        DisclosureRefused: the record is not the one the consent names.
        NotReliable: the record's attestation is missing, revoked or expired.
    """
    opened = ledger.computations.job(job)
    if not opened.consent:
        raise StatementMismatch(f"the ledger has no computation 0x{job.hex()}")
    if opened.state != JobState.OPEN:
        raise StatementMismatch(f"computation 0x{job.hex()} is {opened.state.name.lower()}")
    consent = ledger.computations.consent(opened.consent)
    if hash_of_terms(terms) != consent.terms:
        raise StatementMismatch(f"consent {opened.consent} is for other terms")
    if (terms.purpose, terms.protocol) != (PURPOSE, PROTOCOL) or len(terms.inputs) != 1:
        raise StatementMismatch(f"consent {opened.consent} is not for a private score of one record")
    (attestation,) = terms.inputs
    attested = query_attestation(ledger, attestation, record)
    return ScoreStatement(
        job=job,
        chain_id=ledger.manifest.chain_id,
        ledger=bytes.fromhex(ledger.computations.address[2:]),
        owner=consent.owner,
        bank=opened.opener,
        model=terms.model,
        attestation=attestation,
        features=attested.feature_commitments,
    )


def receive_score(
    ledger: OpenLedger,
    key: PrivateKey,
    publication: ModelPublication,
    job: bytes,
    terms: Terms,
    record: Disclosure,
    message: ScoreMessage,
) -> JointScore:
    """The bank verifies an answer, learns the score and commits to it. Nothing is written yet.

    Raises:
        StatementMismatch: the answer is for another job, model or ledger.
        ScoreProofRefused: the answer is not the model applied to the attested features.
        ScoreOutOfBounds: an attester vouched for a feature out of range.
    """
    statement = score_statement(ledger, job, terms, record)
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
