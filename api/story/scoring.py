"""The private score: the bank's model on tier 3's attested numbers, neither shown to the other."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

from api.story.issuing import NEVER
from api.story.stage import DAY, Stage, StoryBroken
from chain import events
from chain.ledger import only
from chain.rules.state import Statement
from credit.decision import Decision
from credit.features import FEATURE_SCHEMA_ID, FeatureVector
from credit.joint_score import JointScore, complete_score, receive_score, score_statement, score_terms
from credit.scorecard import Scorecard
from flows.checks.cross import Level
from flows.disclosure import disclose
from flows.evidence import Evidence, commit_fields
from flows.fields import Field
from flows.records import Flow
from privacy.protocols.private_scoring import (
    FactorEvidence,
    IntegerModel,
    MaskPool,
    ModelContext,
    ModelPublication,
    Opening,
    PrivateKey,
    answer,
    check_model_openings,
    commit_features,
    generate_key,
    generate_ring_pedersen,
    prove_no_small_factor,
    prove_ring_pedersen,
    publish_model,
    verify_model,
    verify_ring_pedersen,
    verify_score,
    verify_score_binding,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks for money: the features of its ledger, and what the model in the clear would say."""

    firm: str
    vector: FeatureVector


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """The bank's model: its key, what it published, and a factor proof that a validator has checked."""

    key: PrivateKey
    publication: ModelPublication
    factor: FactorEvidence

    def __repr__(self) -> str:
        return f"PublishedModel(0x{self.publication.commitment.hex()})"


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """The score both ways, and what it cost; sizes in bytes, times in milliseconds."""

    private: int
    clear: int
    proof_bytes: int
    prove_ms: float
    verify_ms: float
    features: int
    model: str
    publish_ms: float
    decision: Decision | None = None


def publish_checked(scorecard: Scorecard, context: ModelContext) -> PublishedModel:
    """The bank publishes its scorecard encrypted, and a validator checks every proof and weight of it.

    Raises:
        PrivacyRefusal: a proof or an opening does not hold.
    """
    model = IntegerModel(scorecard.weights, scorecard.bias)
    key = generate_key()
    publication, openings = publish_model(key, model, context)
    # The validator draws the parameters that the bank's key proof is addressed to, and proves them in turn.
    parameters, secret = generate_ring_pedersen()
    setup = publication.commitment
    verify_ring_pedersen(parameters, prove_ring_pedersen(parameters, secret, setup), setup)
    factor = FactorEvidence(parameters, prove_no_small_factor(key, parameters, context))
    verify_model(publication, factor=factor)
    check_model_openings(publication, model, openings)
    return PublishedModel(key, publication, factor)


def approve_model(stage: Stage, scorecard: Scorecard) -> tuple[PublishedModel, float]:
    """The bank publishes its model encrypted; the auditor, as validator, checks it and approves it."""
    bank, validator = stage.cast["bank"], stage.cast["auditor"]
    started = perf_counter()
    context = ModelContext(
        chain_id=stage.ledger.manifest.chain_id,
        ledger=bytes.fromhex(stage.ledger.computations.address[2:]),
        bank=bank.number,
        version=1,
    )
    published = publish_checked(scorecard, context)
    publication = published.publication
    elapsed = 1000 * (perf_counter() - started)
    schema = stage.cast.schemas.model_approval
    approval = Statement(publication.commitment, schema, scorecard.digest(), Level.L2, NEVER)
    stage.ledger.attestations.attest(validator.signer, approval)
    stage.scene(
        str(bank),
        f"published scorecard {scorecard.version} encrypted: {len(scorecard.weights)} weights under a "
        f"{publication.public.modulus.bit_length()}-bit key, with proofs of key, ranges and links",
        did_not_see="nobody but the validator sees a weight",
    )
    stage.scene(
        str(validator),
        f"checked proofs and weights; approved model 0x{publication.commitment.hex()[:12]}… on the ledger",
        saw="the model",
        did_not_see="any applicant",
    )
    return published, elapsed


def attest_features(stage: Stage, applicant: Applicant) -> tuple[Evidence, tuple[Opening, ...]]:
    """The tax attester computes the features from the ledger it keeps, commits to them and attests that."""
    tax, tier3 = stage.cast["tax"], stage.cast["tier3"]
    commitments, openings = commit_features(applicant.vector.values)
    fields = (
        Field("features/firm", "text", applicant.firm),
        Field("features/as_of", "date", applicant.vector.as_of.isoformat()),
        Field("features/schema", "text", f"0x{FEATURE_SCHEMA_ID.hex()}"),
        *(
            Field(f"features/value/{name}", "int", str(value))
            for name, value in applicant.vector.named().items()
        ),
    )
    evidence = commit_fields(
        fields, secrets.token_bytes(32), frozenset({Flow.INVOICE}), Level.L2, commitments
    )
    schema = stage.cast.schemas.ledger_features
    statement = Statement(evidence.commitment, schema, FEATURE_SCHEMA_ID, Level.L2, NEVER)
    stage.ledger.attestations.attest(tax.signer, statement)
    stage.scene(
        str(tax),
        f"computed {len(openings)} features of {tier3.label}'s invoice ledger ({applicant.firm}), attested "
        "a Pedersen commitment to each",
        saw="the invoice ledger it keeps anyway",
        did_not_see="the model, the score",
    )
    return evidence, openings


def score(
    stage: Stage,
    scorecard: Scorecard,
    applicant: Applicant,
    model: PublishedModel,
    publish_ms: float,
) -> tuple[JointScore, ScoreResult]:
    """Consent, job, answer, proof, decryption; and everything that is tried against it."""
    ledger, bank, tier3 = stage.ledger, stage.cast["bank"], stage.cast["tier3"]
    evidence, openings = attest_features(stage, applicant)
    publication = model.publication
    terms = score_terms(evidence.commitment, publication.commitment)
    until = stage.now() + 7 * DAY
    granted = ledger.computations.grant(tier3.signer, [bank.number], terms, budget=2, expires_at=until)
    consent = only(granted, events.ConsentGranted).id
    stage.scene(str(tier3), f"consented to 2 scores by {bank.label} with the approved model, for a week")
    record = disclose(evidence, ("features/as_of", "features/schema"))
    first, second = (
        only(ledger.computations.open(bank.signer, consent, terms), events.JobOpened).id for _ in range(2)
    )
    stage.refused(
        "the bank opens a third score on a consent for two",
        lambda: ledger.computations.open(bank.signer, consent, terms),
    )
    statement = score_statement(ledger, first, terms, record)
    # The validator's approval on the ledger stands for the no-small-factor proof; the rest is checked here.
    verified = verify_model(publication, factor=None)
    pool = MaskPool(publication.public)
    pool.fill(2)
    message, prove_ms = _timed(lambda: answer(verified, openings, statement, pool))
    _, verify_ms = _timed(lambda: verify_score(publication, statement, message))
    wire = message.to_bytes()
    stage.scene(
        str(tier3),
        f"answered job 0x{first.hex()[:12]}… with one message of {len(wire)} bytes",
        saw="encrypted weights",
        did_not_see="the model, the score",
    )

    flattered = (openings[0].value + 500, *(opening.value for opening in openings[1:]))
    forged_commitments, forged_openings = commit_features(flattered)
    forged = answer(verified, forged_openings, replace(statement, features=forged_commitments))
    stage.refused(
        "tier 3 scores altered features",
        lambda: receive_score(ledger, model.key, publication, first, terms, record, forged),
    )
    replayed = replace(message, job=second)
    stage.refused(
        "a proof from another job is replayed",
        lambda: receive_score(ledger, model.key, publication, second, terms, record, replayed),
    )

    joint = receive_score(ledger, model.key, publication, first, terms, record, message)
    verify_score_binding(publication, statement, message, joint.binding)
    complete_score(ledger, bank.signer, joint)
    clear = scorecard.integer_score(applicant.vector)
    if joint.score != clear:
        raise StoryBroken(f"the private score is {joint.score}, in the clear it is {clear}")
    stage.scene(
        str(bank),
        f"verified the proof, decrypted the score {joint.score} and put its commitment on the ledger",
        saw=f"the score, the ledger's age ({applicant.vector.as_of}), who attested it",
        did_not_see=f"any of the {len(openings)} features, any invoice",
    )
    return joint, ScoreResult(
        private=joint.score,
        clear=clear,
        proof_bytes=len(wire),
        prove_ms=round(prove_ms, 2),
        verify_ms=round(verify_ms, 2),
        features=len(openings),
        model=f"0x{publication.commitment.hex()}",
        publish_ms=round(publish_ms, 1),
    )


def _timed(run: Callable[[], T]) -> tuple[T, float]:
    started = perf_counter()
    result = run()
    return result, 1000 * (perf_counter() - started)
