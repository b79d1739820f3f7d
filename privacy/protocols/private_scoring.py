"""A bank's private model scores an owner's private, attested numbers: the one-message protocol.

Parties: bank (Paillier key, model), data owner (features x_i and blindings r_i, whose commitments C_i an
attester put on the ledger), attester, validator (approves the model), and any auditor.

    once a model version   bank -> all      ModelPublication           verify_model
    once a record          attester         commit_features, commitments_digest on the ledger
    each score             owner -> bank    ScoreMessage                answer
                           bank             verify_score, open_score
                           bank -> all      ScoreBinding                bind_score, verify_score_binding
                           bank -> all      ScoreBand                   prove_score_band, verify_score_band

The bank learns the score, one linear equation in the features, and nothing else: the ledger must ration
scores per record, because k scores of k models give k features away. The owner learns nothing of the model.
An auditor learns that the encrypted score is the approved model applied to the attested numbers, and that the
bank's committed score is its plaintext. Adversary: either party malicious, with abort; nothing is decrypted
before its proof was verified. Binding is to what the attester signed, not to the truth, and the range
[0, 2^40) is the attester's word.

All functions are pure but for fresh randomness: no state, no input or output. Sources: those of
`privacy.proofs.score` and `privacy.proofs.link`; the composition is ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from privacy.errors import OpeningMismatch, OutOfRange, ScoreOutOfBounds, StatementMismatch
from privacy.primitives import paillier, pedersen
from privacy.primitives.masks import MaskPool
from privacy.primitives.paillier import PrivateKey, export_key, generate_key, import_key
from privacy.primitives.pedersen import Opening
from privacy.primitives.wire import check_integer
from privacy.proofs.parameters import FEATURE_BITS
from privacy.proofs.ring_pedersen import (
    RingPedersen,
    RingPedersenProof,
    decode_ring_pedersen,
    encode_ring_pedersen,
    generate_ring_pedersen,
    prove_ring_pedersen,
    verify_ring_pedersen,
)
from privacy.proofs.score import evaluate, prove_score, verify_score_proof
from privacy.protocols.integer_model import IntegerModel, ModelContext
from privacy.protocols.model_publication import (
    FactorEvidence,
    ModelOpenings,
    ModelPublication,
    VerifiedModel,
    check_model_openings,
    prove_no_small_factor,
    publish_model,
    verify_model,
)
from privacy.protocols.score_band import ScoreBand, prove_score_band, verify_score_band
from privacy.protocols.score_binding import ScoreBinding, check_score_link, commit_to_score
from privacy.protocols.score_messages import (
    MAX_FEATURES,
    ScoreMessage,
    ScoreStatement,
    commitments_digest,
    proof_hash,
    transcript_hash,
)

__all__ = [
    "FEATURE_BITS",
    "MAX_FEATURES",
    "FactorEvidence",
    "IntegerModel",
    "MaskPool",
    "ModelContext",
    "ModelOpenings",
    "ModelPublication",
    "Opening",
    "PrivateKey",
    "RingPedersen",
    "RingPedersenProof",
    "ScoreBand",
    "ScoreBinding",
    "ScoreMessage",
    "ScoreStatement",
    "VerifiedModel",
    "answer",
    "bind_score",
    "check_model_openings",
    "commit_features",
    "commitments_digest",
    "decode_ring_pedersen",
    "encode_ring_pedersen",
    "export_key",
    "generate_key",
    "generate_ring_pedersen",
    "import_key",
    "open_score",
    "proof_hash",
    "prove_no_small_factor",
    "prove_ring_pedersen",
    "prove_score_band",
    "publish_model",
    "transcript_hash",
    "verify_model",
    "verify_ring_pedersen",
    "verify_score",
    "verify_score_band",
    "verify_score_binding",
]


def commit_features(values: Sequence[int]) -> tuple[tuple[bytes, ...], tuple[Opening, ...]]:
    """Commit, as the attester, to a vector of features.

    Args:
        values: 1 to 64 integers of [0, 2^40): amounts in minor units, counts, days.

    Returns:
        The 33-byte commitments, whose digest goes on the ledger, and the openings, which go to the owner.

    Raises:
        OutOfRange: A value is no integer, or a value or the count is out of range. By committing the attester
            vouches for the range.
    """
    if not 1 <= len(values) <= MAX_FEATURES:
        raise OutOfRange(f"a record has 1 to {MAX_FEATURES} features, got {len(values)}")
    for value in values:
        check_integer(value, "a feature")
    if any(not 0 <= value < 1 << FEATURE_BITS for value in values):
        raise OutOfRange(f"a feature lies outside [0, 2^{FEATURE_BITS})")
    pairs = [pedersen.commit_value(value) for value in values]
    return tuple(commitment for commitment, _ in pairs), tuple(opening for _, opening in pairs)


def _check_statement(publication: ModelPublication, statement: ScoreStatement) -> None:
    context = publication.context
    if statement.model != publication.commitment:
        raise StatementMismatch("the statement names another model")
    if (statement.chain_id, statement.ledger) != (context.chain_id, context.ledger):
        raise StatementMismatch("the model is registered on another ledger")
    if statement.bank != context.bank:
        raise StatementMismatch(f"the model is of participant {context.bank}, not {statement.bank}")
    if len(statement.features) != publication.features:
        raise StatementMismatch(f"{len(statement.features)} features for {publication.features} weights")


def answer(
    model: VerifiedModel, openings: Sequence[Opening], statement: ScoreStatement, pool: MaskPool | None = None
) -> ScoreMessage:
    """Score, as the owner, the attested features under encryption, with the proof.

    Args:
        model: The publication, verified.
        openings: Open `statement.features`, in order.
        statement: Job, ledger, parties, model and record, as the owner reads them from the ledger.
        pool: Masks for the model's modulus, drawn ahead; two are taken. Without it they are drawn here.

    Raises:
        StatementMismatch: The statement does not fit the model, or the pool is for another key.
        OpeningMismatch: An opening does not open its commitment.
        OutOfRange: A feature lies outside [0, 2^40).
    """
    publication = model.publication
    _check_statement(publication, statement)
    masks = MaskPool(publication.public) if pool is None else pool
    if masks.public != publication.public:
        raise StatementMismatch("the masks are for another modulus")
    if len(openings) != len(statement.features):
        raise OpeningMismatch(f"{len(openings)} openings for {len(statement.features)} commitments")
    for commitment, opening in zip(statement.features, openings, strict=True):
        pedersen.check_opening(commitment, opening)
    mask, fresh = masks.take(), masks.take()
    form = publication.form
    ciphertext = evaluate(form, [opening.value for opening in openings], mask)
    context = statement.to_bytes()
    proof = prove_score(form, statement.features, openings, ciphertext, mask, fresh, context)
    return ScoreMessage(statement.job, publication.public.modulus_bytes, ciphertext, proof)


def verify_score(publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage) -> None:
    """Check, as the bank or anyone, that a message answers its statement. Needs no key.

    The statement comes from the ledger: the consent, the attestation whose digest is
    `commitments_digest(statement.features)`, and the approved model. Whoever is not the bank has run
    `verify_model` on the publication.

    Raises:
        StatementMismatch: Model, ledger, bank, feature count, job or modulus differ.
        ScoreProofRefused: The ciphertext was not shown to be the model applied to the attested features.
    """
    _check_statement(publication, statement)
    if message.job != statement.job:
        raise StatementMismatch("the message answers another job")
    if message.modulus_bytes != publication.public.modulus_bytes:
        raise StatementMismatch("the message is for a modulus of another length")
    verify_score_proof(
        publication.form, statement.features, message.ciphertext, message.proof, statement.to_bytes()
    )


def open_score(
    key: PrivateKey, publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> int:
    """Verify, then decrypt, as the bank.

    Returns:
        The score, sum of w_i * x_i + b, exactly.

    Raises:
        StatementMismatch: As `verify_score`, or the key is not that of the publication.
        ScoreProofRefused: As `verify_score`; nothing was decrypted.
        ScoreOutOfBounds: The plaintext exceeds what the model's shape allows; the proof excludes it unless an
            attester vouched for a feature out of range.
    """
    if key.public != publication.public:
        raise StatementMismatch("the key is not that of the model")
    verify_score(publication, statement, message)
    score = paillier.decrypt(key, message.ciphertext)
    if abs(score) > publication.score_bound:
        raise ScoreOutOfBounds(
            f"a score of {publication.features} features is at most {publication.score_bound}"
        )
    return score


def bind_score(
    key: PrivateKey, publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage
) -> tuple[ScoreBinding, Opening]:
    """Verify, decrypt, and commit to the score with proof, as the bank.

    Returns:
        The binding for everyone, and the opening of its commitment, which stays with the bank; a range proof
        on the commitment shows a decision band.

    Raises:
        StatementMismatch: As `open_score`.
        ScoreProofRefused: As `open_score`.
        ScoreOutOfBounds: As `open_score`.
    """
    score = open_score(key, publication, statement, message)
    return commit_to_score(key, statement, message, score)


def verify_score_binding(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage, binding: ScoreBinding
) -> None:
    """Check, as anyone, the whole chain from attested features to the bank's committed score.

    Whoever is not the bank has run `verify_model` on the publication, which bounds the score.

    Raises:
        StatementMismatch: As `verify_score`.
        ScoreProofRefused: As `verify_score`.
        LinkProofRefused: The commitment was not shown to hold the plaintext of the score ciphertext.
    """
    verify_score(publication, statement, message)
    check_score_link(publication, statement, message, binding)
