from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from chain import errors, events
from chain.engines import embedded
from chain.ledger import only
from chain.rules.state import JobState, Statement, Terms
from credit.joint_score import complete_score, receive_score, score_statement, score_terms
from credit.query import NotReliable, query_attestation
from flows.checks.cross import Level
from flows.disclosure import Disclosure, DisclosureRefused, disclose
from flows.evidence import Evidence, commit_fields
from flows.fields import Field
from flows.records import Flow
from privacy.errors import ScoreProofRefused, StatementMismatch
from privacy.protocols.private_scoring import (
    IntegerModel,
    ModelContext,
    ModelPublication,
    Opening,
    PrivateKey,
    ScoreMessage,
    answer,
    commit_features,
    generate_key,
    publish_model,
    verify_model,
    verify_score_binding,
)
from tests.chain.scenario import Scene, founded

VALUES = (4_200, 17, 9_999)
MODEL = IntegerModel((120, -7_000, 3), 55_555)
SCORE = 120 * 4_200 - 7_000 * 17 + 3 * 9_999 + 55_555


@dataclass(frozen=True)
class Run:
    """A ledger with an attested record and an approved model; every test opens a job of its own."""

    scene: Scene
    key: PrivateKey
    publication: ModelPublication
    evidence: Evidence
    openings: tuple[Opening, ...]

    @property
    def record(self) -> Disclosure:
        return disclose(self.evidence, ("features/as_of",))

    @property
    def terms(self) -> Terms:
        return score_terms(self.evidence.commitment, self.publication.commitment)

    def job(self, terms: Terms | None = None) -> bytes:
        ledger, signers = self.scene.ledger, self.scene.signers
        granted = ledger.computations.grant(
            signers["supplier"],
            [self.scene.numbers["bank"]],
            terms or self.terms,
            budget=1,
            expires_at=self.scene.now() + 1_000,
        )
        consent = only(granted, events.ConsentGranted).id
        return only(
            ledger.computations.open(signers["bank"], consent, terms or self.terms), events.JobOpened
        ).id

    def answered(self, job: bytes) -> ScoreMessage:
        statement = score_statement(self.scene.ledger, job, self.terms, self.record)
        return answer(verify_model(self.publication, factor=None), self.openings, statement)


@pytest.fixture(scope="module")
def run() -> Run:
    scene = founded(embedded())
    ledger = scene.ledger
    key = generate_key()
    context = ModelContext(
        chain_id=ledger.manifest.chain_id,
        ledger=bytes.fromhex(ledger.computations.address[2:]),
        bank=scene.numbers["bank"],
        version=1,
    )
    publication, _ = publish_model(key, MODEL, context)
    commitments, openings = commit_features(VALUES)
    fields = (
        Field("features/firm", "text", "firm"),
        Field("features/as_of", "date", "2026-10-31"),
    )
    evidence = commit_fields(fields, b"\x05" * 32, frozenset({Flow.INVOICE}), Level.L2, commitments)
    for attester, commitment in (("carrier", publication.commitment), ("tax attester", evidence.commitment)):
        statement = Statement(commitment, 1, bytes(32), Level.L2, 0)
        ledger.attestations.attest(scene.signers[attester], statement)
    return Run(scene, key, publication, evidence, openings)


def test_the_bank_learns_the_score_of_the_attested_record_and_records_it(run: Run) -> None:
    job = run.job()

    joint = receive_score(
        run.scene.ledger, run.key, run.publication, job, run.terms, run.record, run.answered(job)
    )
    complete_score(run.scene.ledger, run.scene.signers["bank"], joint)

    assert joint.score == SCORE
    assert str(SCORE) not in repr(joint)
    verify_score_binding(run.publication, joint.statement, joint.message, joint.binding)
    assert run.scene.ledger.computations.job(job).state == JobState.COMPLETED


def test_the_statement_is_what_the_ledger_says(run: Run) -> None:
    job = run.job()

    statement = score_statement(run.scene.ledger, job, run.terms, run.record)

    assert statement.job == job
    assert statement.owner == run.scene.numbers["supplier"]
    assert statement.bank == run.scene.numbers["bank"]
    assert statement.model == run.publication.commitment
    assert statement.attestation == run.evidence.commitment
    assert statement.features == run.evidence.feature_commitments


def test_an_answer_to_another_job_is_refused(run: Run) -> None:
    first, second = run.job(), run.job()
    message = run.answered(first)
    ledger = run.scene.ledger

    with pytest.raises(StatementMismatch):
        receive_score(ledger, run.key, run.publication, second, run.terms, run.record, message)
    with pytest.raises(ScoreProofRefused):
        receive_score(
            ledger, run.key, run.publication, second, run.terms, run.record, replace(message, job=second)
        )


def test_features_of_another_record_are_refused_before_any_proof(run: Run) -> None:
    others, _ = commit_features((1, 2, 3))

    with pytest.raises(DisclosureRefused):
        score_statement(
            run.scene.ledger, run.job(), run.terms, replace(run.record, feature_commitments=others)
        )


def test_a_job_the_ledger_does_not_know_or_has_closed_is_refused(run: Run) -> None:
    ledger, bank, job = run.scene.ledger, run.scene.signers["bank"], run.job()
    message = run.answered(job)
    joint = receive_score(ledger, run.key, run.publication, job, run.terms, run.record, message)
    complete_score(ledger, bank, joint)

    with pytest.raises(StatementMismatch, match="no computation"):
        score_statement(ledger, bytes(31) + b"\x01", run.terms, run.record)
    with pytest.raises(StatementMismatch, match="is completed"):
        score_statement(ledger, job, run.terms, run.record)


def test_other_terms_than_those_of_the_consent_are_refused(run: Run) -> None:
    ledger = run.scene.ledger
    other_model = replace(run.terms, model=run.evidence.commitment)
    other_purpose = replace(run.terms, purpose=bytes(31) + b"\x01")
    two_records = replace(run.terms, inputs=(*run.terms.inputs, run.publication.commitment))

    with pytest.raises(StatementMismatch, match="is for other terms"):
        score_statement(ledger, run.job(), other_model, run.record)
    for terms in (other_purpose, two_records):
        with pytest.raises(StatementMismatch, match="is not for a private score of one record"):
            score_statement(ledger, run.job(terms), terms, run.record)


def test_an_abandoned_job_is_refused(run: Run) -> None:
    ledger, job = run.scene.ledger, run.job()
    ledger.computations.abandon(run.scene.signers["bank"], job, b"\x01" * 32)

    with pytest.raises(StatementMismatch, match="is abandoned"):
        score_statement(ledger, job, run.terms, run.record)


def test_a_completed_job_is_not_completed_again(run: Run) -> None:
    ledger, bank, job = run.scene.ledger, run.scene.signers["bank"], run.job()
    joint = receive_score(ledger, run.key, run.publication, job, run.terms, run.record, run.answered(job))
    complete_score(ledger, bank, joint)

    with pytest.raises(errors.JobClosed):
        complete_score(ledger, bank, joint)


def test_a_query_shows_granted_fields_with_the_ledgers_word(run: Run) -> None:
    shown = query_attestation(run.scene.ledger, run.evidence.commitment, run.record)

    assert {path: field.value for path, field in shown.fields.items()} == {"features/as_of": "2026-10-31"}
    assert shown.withheld == 1
    assert shown.status.attester == run.scene.numbers["tax attester"]
    assert shown.status.valid


def unreliable(run: Run, level: int, expires_at: int = 0) -> tuple[Evidence, Disclosure]:
    """Evidence of L2, attested at `level`."""
    fields = (Field("note", "text", "sound"),)
    evidence = commit_fields(fields, run.scene.fresh(), frozenset({Flow.TRADE}), Level.L2)
    statement = Statement(evidence.commitment, 1, bytes(32), level, expires_at)
    run.scene.ledger.attestations.attest(run.scene.signers["tax attester"], statement)
    return evidence, disclose(evidence, ("note",))


def test_what_nobody_attested_is_not_relied_on(run: Run) -> None:
    fields = (Field("note", "text", "sound"),)
    evidence = commit_fields(fields, b"\x06" * 32, frozenset({Flow.TRADE}), Level.L2)

    with pytest.raises(NotReliable) as refused:
        query_attestation(run.scene.ledger, evidence.commitment, disclose(evidence, ("note",)))

    assert refused.value.rule == "attestation-unknown"


def test_a_revoked_attestation_is_not_relied_on(run: Run) -> None:
    evidence, shown = unreliable(run, Level.L2)
    run.scene.ledger.attestations.revoke(run.scene.signers["tax attester"], evidence.commitment, b"\x01" * 32)

    with pytest.raises(NotReliable) as refused:
        query_attestation(run.scene.ledger, evidence.commitment, shown)

    assert refused.value.rule == "attestation-revoked"


def test_an_expired_attestation_is_not_relied_on(run: Run) -> None:
    evidence, shown = unreliable(run, Level.L2, expires_at=run.scene.now() + 100)
    run.scene.wait(200)

    with pytest.raises(NotReliable) as refused:
        query_attestation(run.scene.ledger, evidence.commitment, shown)

    assert refused.value.rule == "attestation-expired"


def test_a_disclosure_that_claims_another_level_than_the_ledger_is_not_relied_on(run: Run) -> None:
    evidence, shown = unreliable(run, Level.L3)

    with pytest.raises(NotReliable) as refused:
        query_attestation(run.scene.ledger, evidence.commitment, shown)

    assert refused.value.rule == "attestation-level"
