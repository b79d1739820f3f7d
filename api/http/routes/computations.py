"""Joint computations (联合计算): what an owner of attested inputs consents to, and what came of it.

Only hashes pass here. The computation itself runs between its parties: the ledger has what was allowed, with
which model on which inputs, and commitments to the result, its proof and the messages.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Hash, HashIn, Number, Time, TimeIn
from api.http.gateway import Gateway, Member
from api.http.idempotency import WriteRoute
from api.http.replies import describe_read, describe_write, read, written
from api.http.routes.common import Input, Why, reason_hash
from api.http.views import TransactionView, transaction_view
from api.http.visibility import SEES_ALL, has_role
from chain import errors, events
from chain.ledger import only
from chain.rules.state import Consent, Job, Terms
from chain.sending import Sent

router = APIRouter(prefix="/v1", tags=["computations"])
writes = APIRouter(prefix="/v1", tags=["computations"], route_class=WriteRoute)

MOST_COUNTERPARTIES = 8
MOST_INPUTS = 8
_A_CONSENT = Field(ge=1, lt=2**53, strict=True, examples=[1])
ConsentNumber = Annotated[int, Path(ge=1, lt=2**53, examples=[1])]
JobId = Annotated[HashIn, Path()]
StateName = Annotated[
    str, Field(json_schema_extra={"enum": ["open", "completed", "abandoned"]}, examples=["open"])
]


class TermsIn(Input):
    """What may be computed: a purpose, a protocol, the attested commitments of a model and of inputs."""

    purpose: HashIn
    protocol: HashIn
    model: HashIn
    inputs: list[HashIn] = Field(min_length=1, max_length=MOST_INPUTS)

    def terms(self) -> Terms:
        """As the ledger takes it."""
        return Terms(self.purpose, self.protocol, self.model, tuple(self.inputs))


class NewConsent(Input):
    """What the owner of the inputs allows, to whom, how often in all, and until when."""

    counterparties: list[Number] = Field(
        min_length=1, max_length=MOST_COUNTERPARTIES, description="In ascending order.", examples=[[5]]
    )
    terms: TermsIn
    budget: Annotated[int, Field(ge=1, lt=2**16, strict=True, examples=[2])]
    expires_at: TimeIn


class NewJob(Input):
    """A computation to open on a consent, by the very terms that it is for."""

    consent: Annotated[int, _A_CONSENT]
    terms: TermsIn


class ResultIn(Input):
    """Commitments to what came of a computation: its result, the proof, the messages it went by."""

    result: HashIn
    proof: HashIn
    transcript: HashIn


class ConsentView(BaseModel):
    """A consent; `terms` is the hash of its terms."""

    number: int = Field(examples=[1])
    owner: int = Field(examples=[4])
    counterparties: list[int] = Field(examples=[[5]])
    terms: Hash
    budget: int
    spent: int
    withdrawn: bool
    expires_at: Time


class JobView(BaseModel):
    """A computation; `outcome` commits to its terms, result, proof and transcript once it is completed."""

    id: Hash
    consent: int
    opener: int
    state: StateName
    opened_at: Time
    closed_at: Time | None
    outcome: Hash | None


class ConsentWritten(BaseModel):
    """A consent after a write."""

    transaction: TransactionView
    consent: ConsentView


class JobWritten(BaseModel):
    """A computation after a write."""

    transaction: TransactionView
    job: JobView


@router.get(
    "/consents/{number}",
    response_model=ConsentView,
    operation_id="getConsent",
    summary="One consent",
    responses=describe_read(404),
)
def get_consent(request: Request, gateway: Here, caller: Caller, number: ConsentNumber) -> Response:
    """For its owner, its counterparties, and those who see all."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, _shown(number, _visible(view, caller, number)))


@router.get(
    "/jobs/{job}",
    response_model=JobView,
    operation_id="getJob",
    summary="One computation",
    responses=describe_read(404),
)
def get_job(request: Request, gateway: Here, caller: Caller, job: JobId) -> Response:
    """For whoever sees the consent that it was opened on."""
    with reading(gateway.ledger) as view:
        return read(request, view.head, _job(job, _visible_job(view, caller, job)))


@writes.post(
    "/consents",
    status_code=201,
    response_model=ConsentWritten,
    operation_id="grantConsent",
    summary="Consent to computations on the caller's attested inputs",
    responses=describe_write(404),
)
def grant(gateway: Here, caller: Caller, body: NewConsent) -> Response:
    """Inputs and model must be attested; the counterparties share the budget."""
    sent = gateway.ledger.computations.grant(
        caller.signer, body.counterparties, body.terms.terms(), body.budget, body.expires_at
    )
    return _consent_written(gateway, sent, only(sent, events.ConsentGranted).id, 201)


@writes.post(
    "/consents/{number}/withdraw",
    response_model=ConsentWritten,
    operation_id="withdrawConsent",
    summary="End a consent",
    responses=describe_write(404),
)
def withdraw(gateway: Here, caller: Caller, number: ConsentNumber) -> Response:
    """Its owner; what was computed before stays as it is."""
    with reading(gateway.ledger) as view:
        _visible(view, caller, number)
    sent = gateway.ledger.computations.withdraw(caller.signer, number)
    return _consent_written(gateway, sent, number)


@writes.post(
    "/jobs",
    status_code=201,
    response_model=JobWritten,
    operation_id="openJob",
    summary="Open a computation on a consent",
    responses=describe_write(404),
)
def open_job(gateway: Here, caller: Caller, body: NewJob) -> Response:
    """A counterparty of the consent; it spends one of the budget."""
    with reading(gateway.ledger) as view:
        _visible(view, caller, body.consent)
    sent = gateway.ledger.computations.open(caller.signer, body.consent, body.terms.terms())
    return _job_written(gateway, sent, only(sent, events.JobOpened).id, 201)


@writes.post(
    "/jobs/{job}/complete",
    response_model=JobWritten,
    operation_id="completeJob",
    summary="Commit to what came of a computation",
    responses=describe_write(404),
)
def complete(gateway: Here, caller: Caller, job: JobId, body: ResultIn) -> Response:
    """Whoever opened it, once."""
    with reading(gateway.ledger) as view:
        _visible_job(view, caller, job)
    sent = gateway.ledger.computations.complete(caller.signer, job, body.result, body.proof, body.transcript)
    return _job_written(gateway, sent, job)


@writes.post(
    "/jobs/{job}/abandon",
    response_model=JobWritten,
    operation_id="abandonJob",
    summary="Say that a computation will have no result",
    responses=describe_write(404),
)
def abandon(gateway: Here, caller: Caller, job: JobId, body: Why) -> Response:
    """Whoever opened it; what it spent of the budget stays spent."""
    with reading(gateway.ledger) as view:
        _visible_job(view, caller, job)
    sent = gateway.ledger.computations.abandon(caller.signer, job, reason_hash(body.reason))
    return _job_written(gateway, sent, job)


def _visible(view: View, caller: Member, number: int) -> Consent:
    """A consent that a participant may see.

    Raises:
        ConsentUnknown: there is none of that number, or it may not see it.
    """
    found = view.ledger.computations.consent(number)
    concerned = (found.owner, *_counterparties(found))
    if found.owner and (caller.number in concerned or has_role(view, caller.number, SEES_ALL)):
        return found
    raise errors.ConsentUnknown(number)


def _visible_job(view: View, caller: Member, job: bytes) -> Job:
    """A computation that a participant may see.

    Raises:
        JobUnknown: there is none of that id, or it may not see it.
    """
    found = view.ledger.computations.job(job)
    if found.consent:
        try:
            _visible(view, caller, found.consent)
        except errors.ConsentUnknown:
            pass
        else:
            return found
    raise errors.JobUnknown(job)


def _counterparties(consent: Consent) -> list[int]:
    numbers = [consent.counterparties >> 32 * place & 0xFFFFFFFF for place in range(MOST_COUNTERPARTIES)]
    return [number for number in numbers if number]


def _shown(number: int, consent: Consent) -> ConsentView:
    return ConsentView(
        number=number,
        owner=consent.owner,
        counterparties=_counterparties(consent),
        terms=consent.terms,
        budget=consent.budget,
        spent=consent.spent,
        withdrawn=consent.withdrawn,
        expires_at=consent.expires_at,
    )


def _job(job: bytes, found: Job) -> JobView:
    return JobView(
        id=job,
        consent=found.consent,
        opener=found.opener,
        state=found.state.name.lower(),
        opened_at=found.opened_at,
        closed_at=found.closed_at or None,
        outcome=found.outcome if any(found.outcome) else None,
    )


def _consent_written(gateway: Gateway, sent: Sent, number: int, status: int = 200) -> Response:
    with reading(gateway.ledger) as view:
        shown = _shown(number, view.ledger.computations.consent(number))
    return written(ConsentWritten(transaction=transaction_view(sent), consent=shown), status)


def _job_written(gateway: Gateway, sent: Sent, job: bytes, status: int = 200) -> Response:
    with reading(gateway.ledger) as view:
        shown = _job(job, view.ledger.computations.job(job))
    return written(JobWritten(transaction=transaction_view(sent), job=shown), status)
