"""Attestations: their status, and the fields of their evidence that an owner grants and a grantee reads."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Hash, HashIn, Number, hex_of
from api.http.idempotency import WriteRoute
from api.http.problems import ApiProblem
from api.http.replies import describe_problems, describe_read, describe_write, read, written
from api.http.routes.common import Input
from api.http.vault import EvidenceNotKept, Grant, NothingGranted
from api.http.views import AsOf, StatusView, as_of, participant_view, status_view
from chain import errors
from chain.clients.attestations import AttestationStatus
from credit.query import query_attestation
from flows.disclosure import Disclosure

router = APIRouter(prefix="/v1/attestations", tags=["attestations"])
writes = APIRouter(prefix="/v1/attestations", tags=["attestations"], route_class=WriteRoute)

Commitment = Annotated[HashIn, Path()]
FieldPath = Annotated[
    str, Field(min_length=1, max_length=500, examples=["invoice/INV-2026-001/totals/payable"])
]


class GrantIn(Input):
    """Fields to grant, by path; a path that ends in "/" grants all below it."""

    grantee: Number
    paths: list[FieldPath] = Field(min_length=1, max_length=1000)


class GrantView(BaseModel):
    """What an owner lets a participant read."""

    grantee: int
    paths: list[str]


class GrantsView(BaseModel):
    """What the caller has granted of its evidence."""

    commitment: Hash
    grants: list[GrantView]


class ProofIn(Input):
    """A field of evidence with its salt and the siblings up to the root."""

    index: Annotated[int, Field(ge=0, lt=2**32, strict=True)]
    path: str
    type: str
    value: str
    salt: str
    proof: list[str]


class DisclosureIn(Input):
    """A disclosure, in the form that `GET …/disclosure` gives and `flows.disclosure` reads."""

    schema_: str = Field(alias="schema", examples=["counterfoil.evidence.four-flows.v1"])
    flows: list[str] = Field(examples=[["invoice", "logistics", "trade"]])
    level: str | None = Field(examples=["L3"])
    count: Annotated[int, Field(ge=0, lt=2**32, strict=True)]
    root: str
    feature_commitments: list[str]
    fields: list[ProofIn]


class VerifyIn(Input):
    """A disclosure, and the commitment that it is said to disclose."""

    commitment: HashIn
    disclosure: DisclosureIn


class ShownField(BaseModel):
    """A field that was shown and proven."""

    path: str
    type: str
    value: str


class AttestationView(BaseModel):
    """What counts about an attested commitment."""

    commitment: Hash
    status: StatusView


class DisclosureView(BaseModel):
    """The fields granted to the caller, and all that is needed to verify them elsewhere.

    `disclosure` proves the fields against `commitment`; `status` is what the contract at `contract` on the
    chain says of that commitment as of a block.
    """

    commitment: Hash
    disclosure: DisclosureIn
    status: StatusView
    as_of: AsOf
    chain_id: int
    contract: str = Field(examples=["0x5FbDB2315678afecb367f032d93F642f64180aa3"])


class VerifiedView(BaseModel):
    """Fields that the commitment binds, and what counts about the commitment on the ledger."""

    commitment: Hash
    fields: list[ShownField]
    withheld: int = Field(description="How many fields of the evidence were not shown.")
    status: StatusView
    as_of: AsOf


@router.post(
    "/verify",
    response_model=VerifiedView,
    operation_id="verifyDisclosure",
    summary="Verify a disclosure against the ledger",
    responses=describe_problems(401, 404, 409, 413, 422),
)
def verify(gateway: Here, _: Caller, body: VerifyIn) -> Response:
    """Refuses an altered disclosure, and one whose attestation must not be relied on now."""
    given = Disclosure.from_json(body.disclosure.model_dump_json(by_alias=True))
    with reading(gateway.ledger) as view:
        verified = query_attestation(view.ledger, body.commitment, given)
    return written(
        VerifiedView(
            commitment=body.commitment,
            fields=[
                ShownField(path=one.path, type=one.type, value=one.value) for one in verified.fields.values()
            ],
            withheld=verified.withheld,
            status=status_view(verified.status),
            as_of=as_of(view.head),
        )
    )


@router.get(
    "/{commitment}",
    response_model=AttestationView,
    operation_id="getAttestation",
    summary="What counts about an attested commitment",
    responses=describe_read(404),
)
def get_attestation(request: Request, gateway: Here, _: Caller, commitment: Commitment) -> Response:
    """Whether it is revoked or expired, who attested it, at which level."""
    with reading(gateway.ledger) as view:
        status = _status(view, commitment)
        return read(request, view.head, AttestationView(commitment=commitment, status=status_view(status)))


@router.get(
    "/{commitment}/disclosure",
    response_model=DisclosureView,
    operation_id="getDisclosure",
    summary="The fields of evidence granted to the caller, with their proofs",
    responses=describe_read(404),
)
def get_disclosure(request: Request, gateway: Here, caller: Caller, commitment: Commitment) -> Response:
    """Exactly the fields that the owner granted, and nothing of the others."""
    try:
        disclosure = gateway.vault.disclosure(caller.number, commitment)
    except NothingGranted:
        raise _nothing_granted(caller.number, commitment) from None
    with reading(gateway.ledger) as view:
        status = _status(view, commitment)
        shown: dict[str, Any] = json.loads(disclosure.to_json())
        return read(
            request,
            view.head,
            DisclosureView(
                commitment=commitment,
                disclosure=DisclosureIn.model_validate(shown),
                status=status_view(status),
                as_of=as_of(view.head),
                chain_id=gateway.ledger.manifest.chain_id,
                contract=gateway.ledger.attestations.address,
            ),
        )


@router.get(
    "/{commitment}/grants",
    response_model=GrantsView,
    operation_id="listGrants",
    summary="What the caller has granted of its evidence",
    responses=describe_read(404),
)
def list_grants(request: Request, gateway: Here, caller: Caller, commitment: Commitment) -> Response:
    """For the owner of evidence that this gateway keeps."""
    try:
        grants = gateway.vault.grants(caller.number, commitment)
    except EvidenceNotKept:
        raise _not_kept(caller.number, commitment) from None
    with reading(gateway.ledger) as view:
        shown = GrantsView(commitment=commitment, grants=[_grant_view(grant) for grant in grants])
        return read(request, view.head, shown)


@writes.post(
    "/{commitment}/grants",
    status_code=201,
    response_model=GrantView,
    operation_id="grantFields",
    summary="Grant a participant fields of the caller's evidence",
    responses=describe_write(404),
)
def grant(gateway: Here, caller: Caller, commitment: Commitment, body: GrantIn) -> Response:
    """Adds to what was granted before. What a grantee has read cannot be taken back."""
    with reading(gateway.ledger) as view:
        participant_view(view, gateway, body.grantee)
    try:
        given = gateway.vault.grant(caller.number, commitment, body.grantee, body.paths)
    except EvidenceNotKept:
        raise _not_kept(caller.number, commitment) from None
    return written(_grant_view(given), 201)


def _status(view: View, commitment: bytes) -> AttestationStatus:
    status = view.ledger.attestations.status_of(commitment)
    if not status.exists:
        raise errors.AttestationUnknown(commitment)
    return status


def _grant_view(given: Grant) -> GrantView:
    return GrantView(grantee=given.grantee, paths=list(given.paths))


def _nothing_granted(participant: int, commitment: bytes) -> ApiProblem:
    detail = f"No field of {hex_of(commitment)} is granted to participant {participant} at this gateway."
    return ApiProblem("nothing-granted", 404, detail, facts={"commitment": hex_of(commitment)})


def _not_kept(participant: int, commitment: bytes) -> ApiProblem:
    detail = f"Participant {participant} keeps no evidence {hex_of(commitment)} at this gateway."
    return ApiProblem("evidence-not-kept", 404, detail, facts={"commitment": hex_of(commitment)})
