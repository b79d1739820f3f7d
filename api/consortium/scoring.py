"""The private score between two members: tier 3's numbers stay at one, the bank's model at the other.

What the ledger keeps of it (consent, computations, commitments) goes through the gateways; each party reads
it back from its own member's node. The messages go from one to the other outside the ledger.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from api.consortium.issuing import Trades
from api.consortium.passing import show
from api.consortium.stage import Json, Stage, together, when
from api.http.formats import hex_of
from api.story.applying import Application, sample_application
from api.story.cast import PARTS
from api.story.financing import percent
from api.story.issuing import money
from api.story.scoring import publish_checked
from api.story.stage import StoryBroken
from chain.deployment import Manifest
from chain.ledger import OpenLedger
from chain.rules.state import Terms
from credit.decision import CreditRequest, decide
from credit.discount import DiscountOffer, offer_discount
from credit.features import FEATURE_SCHEMA_ID
from credit.joint_score import JointScore, receive_score, score_statement, score_terms
from flows.checks.cross import Level
from flows.disclosure import disclose
from flows.evidence import Evidence, commit_fields
from flows.fields import Field
from flows.records import Flow
from privacy.protocols.private_scoring import (
    MaskPool,
    ModelContext,
    ModelPublication,
    Opening,
    PrivateKey,
    answer,
    commit_features,
    proof_hash,
    transcript_hash,
    verify_model,
    verify_score_binding,
)

TRADE, FEATURES, APPROVAL = 1, 3, 4
"""Numbers of schemas, as the members registered them."""

WEEK = 7 * 24 * 3600
BUDGET = 2
DAYS = 90
"""For which the bank prices: the invoice's own term. The ledger of the story is due in seconds."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An application, and the bank's model: its key and what is published of it, checked by the validator."""

    application: Application
    key: PrivateKey
    publication: ModelPublication

    def __repr__(self) -> str:
        return f"Prepared(0x{self.publication.commitment.hex()})"


@dataclass(frozen=True, slots=True)
class Scored:
    """The score both ways, the ledger's name of the computation, and what the bank offers for the voucher."""

    private: int
    clear: int
    job: str
    outcome: str
    proof_bytes: int
    offer: DiscountOffer


def prepare(folder: Path, manifest: Manifest, bank: int) -> Prepared:
    """Trains the scorecard; the bank encrypts and publishes it, the validator checks it. Takes seconds."""
    application = sample_application(folder, PARTS["tier3"].name)
    context = ModelContext(
        chain_id=manifest.chain_id,
        ledger=bytes.fromhex(manifest.addresses["Computations"][2:]),
        bank=bank,
        version=1,
    )
    published = publish_checked(application.scorecard, context)
    return Prepared(application, published.key, published.publication)


def score(
    stage: Stage, prepared: Prepared, voucher: str, trades: Trades, nodes: Mapping[str, OpenLedger]
) -> Scored:
    """Model approved, features attested, consent, computation, answer, proof, result; the bank decides.

    Args:
        stage: the stage.
        prepared: application and model.
        voucher: that tier 3 applies with.
        trades: the third is behind the voucher.
        nodes: the ledger as each member's own node has it, by member.
    """
    application, publication = prepared.application, prepared.publication
    evidence, openings = _attest(stage, prepared)
    terms = score_terms(evidence.commitment, publication.commitment)
    consent = _consent(stage, terms)
    opening = {"consent": consent, "terms": _terms(terms)}
    first, second = together(*[lambda: stage.post("bank", "/v1/jobs", opening)] * BUDGET)
    attempt = "the bank opens a third score on a consent for two"
    stage.refused(attempt, "bank", "/v1/jobs", opening, "budget-spent")
    job = bytes.fromhex(first["job"]["id"][2:])
    stage.get("tier3", f"/v1/jobs/{first['job']['id']}")

    record = disclose(evidence, ("features/as_of", "features/schema"))
    owner, bank = nodes[stage["tier3"].member], nodes[stage["bank"].member]
    statement = score_statement(owner, job, terms, record)
    # The validator's approval on the ledger stands for the no-small-factor proof; the rest is checked here.
    verified = verify_model(publication, factor=None)
    pool = MaskPool(publication.public)
    pool.fill(2)
    message = answer(verified, openings, statement, pool)
    wire = message.to_bytes()
    stage.scene(
        "tier3",
        f"answered computation 0x{job.hex()[:12]}… with one message of {len(wire)} bytes",
        saw="encrypted weights",
        did_not_see="the model, the score",
    )
    flattered = (openings[0].value + 500, *(opening.value for opening in openings[1:]))
    commitments, altered = commit_features(flattered)
    forged = answer(verified, altered, replace(statement, features=commitments))
    key = prepared.key
    stage.refused_here(
        "tier 3 scores altered features",
        "bank",
        lambda: receive_score(bank, key, publication, job, terms, record, forged),
    )
    other = bytes.fromhex(second["job"]["id"][2:])
    stage.refused_here(
        "a proof from another computation is replayed",
        "bank",
        lambda: receive_score(bank, key, publication, other, terms, record, replace(message, job=other)),
    )
    joint = receive_score(bank, key, publication, job, terms, record, message)
    verify_score_binding(publication, statement, message, joint.binding)
    completed = _complete(stage, joint)
    clear = application.scorecard.integer_score(application.applicant.vector)
    if joint.score != clear:
        raise StoryBroken(f"the private score is {joint.score}, in the clear it is {clear}")
    stage.scene(
        "bank",
        f"verified the proof, decrypted the score {joint.score} and put its commitment on the ledger",
        saw=f"the score, the ledger's age ({application.applicant.vector.as_of}), who attested it",
        did_not_see=f"any of the {len(openings)} features, any invoice",
    )
    offer = _decide(stage, prepared, joint, voucher, trades)
    return Scored(joint.score, clear, first["job"]["id"], completed["outcome"], len(wire), offer)


def _attest(stage: Stage, prepared: Prepared) -> tuple[Evidence, tuple[Opening, ...]]:
    """The validator approves the model, the tax attester computes the features and attests them: at once."""
    applicant, publication = prepared.application.applicant, prepared.publication
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
    scorecard = prepared.application.scorecard

    def statement(commitment: bytes, schema: int, subject: bytes) -> Json:
        return {
            "commitment": hex_of(commitment),
            "schema": schema,
            "subject": hex_of(subject),
            "level": int(Level.L2),
        }

    approval = statement(publication.commitment, APPROVAL, scorecard.digest())
    features = statement(evidence.commitment, FEATURES, FEATURE_SCHEMA_ID)
    together(
        lambda: stage.post("auditor", "/v1/attestations", approval),
        lambda: stage.post("tax", "/v1/attestations", features),
    )
    stage.scene(
        "bank",
        f"published scorecard {scorecard.version} encrypted under a "
        f"{publication.public.modulus.bit_length()}-bit key, with proofs of key, ranges and links",
        did_not_see="nobody but the validator sees a weight",
    )
    stage.scene(
        "auditor",
        f"checked proofs and weights; approved model 0x{publication.commitment.hex()[:12]}… on the ledger",
        saw="the model",
        did_not_see="any applicant",
    )
    stage.scene(
        "tax",
        f"computed {len(openings)} features of tier 3's invoice ledger, attested a commitment to each",
        saw="the invoice ledger it keeps anyway",
        did_not_see="the model, the score",
    )
    return evidence, openings


def _consent(stage: Stage, terms: Terms) -> int:
    body = {
        "counterparties": [stage.number("bank")],
        "terms": _terms(terms),
        "budget": BUDGET,
        "expires_at": when(stage.now() + WEEK),
    }
    consent = stage.post("tier3", "/v1/consents", body)["consent"]
    stage.scene("tier3", f"consented to {BUDGET} scores by the bank with the approved model, for a week")
    return int(consent["number"])


def _complete(stage: Stage, joint: JointScore) -> Json:
    body = {
        "result": hex_of(hashlib.sha256(joint.binding.to_bytes()).digest()),
        "proof": hex_of(proof_hash(joint.message)),
        "transcript": hex_of(transcript_hash(joint.statement, joint.message)),
    }
    done: Json = stage.post("bank", f"/v1/jobs/{hex_of(joint.job)}/complete", body)["job"]
    if done["state"] != "completed":
        raise StoryBroken(f"the computation is {done['state']}")
    return done


def _decide(
    stage: Stage, prepared: Prepared, joint: JointScore, voucher: str, trades: Trades
) -> DiscountOffer:
    shown = show(stage, "bank", trades.third, "totals/payable", "due", "issued", "buyer/name")
    stage.scene(
        "bank",
        f"queried the evidence behind voucher {voucher} at its own gateway: attested at "
        f"{shown['status']['level']}",
        saw=", ".join(f"{one['path']} = {one['value']}" for one in shown["fields"]),
        did_not_see=f"the other {shown['withheld']} fields: prices, quantities, seller's account",
    )
    face = int(stage.get("tier3", f"/v1/vouchers/{voucher}")["amount"])
    application = prepared.application
    decision = decide(
        CreditRequest(
            firm=application.applicant.firm,
            as_of=application.applicant.vector.as_of,
            score=joint.score,
            model_commitment=joint.statement.model,
            attestation_commitment=joint.statement.attestation,
            core_receivable=face,
        ),
        application.scorecard,
    )
    offer = offer_discount(decision, face, DAYS, debtor_headroom=face)
    stage.scene(
        "bank",
        f"approved: grade {decision.grade}, PD {percent(decision.pd)}, limit {money(decision.limit)}, "
        f"rate {percent(decision.rate)}; pays {money(offer.proceeds)} for {money(offer.financed)}",
    )
    return offer


def _terms(terms: Terms) -> Json:
    return {
        "purpose": hex_of(terms.purpose),
        "protocol": hex_of(terms.protocol),
        "model": hex_of(terms.model),
        "inputs": [hex_of(one) for one in terms.inputs],
    }
