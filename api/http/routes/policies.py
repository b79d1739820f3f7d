"""The ledger's parameters: what is in effect, since when, and what it rests on."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import reading
from api.http.authentication import Caller, Here
from api.http.formats import Time
from api.http.language import language_of
from api.http.replies import describe_read, read
from api.policies import read_policies
from chain.compliance import CATALOGUE

router = APIRouter(prefix="/v1/policies", tags=["policies"])


class CitationView(BaseModel):
    """Who made a rule, in which document, at which place."""

    issuer: str = Field(examples=["中国人民银行"])
    document: str = Field(examples=["银发〔2025〕77号"])
    article: str = Field(examples=["第十一条"])


class PolicyVersionView(BaseModel):
    """A value that the governors set, from when on, and what they cited for it."""

    number: int = Field(examples=[1])
    value: int = Field(description="Seconds, minor units, or 0 and 1 for a switch.", examples=[31536000])
    effective_from: Time
    citation: CitationView


class PolicyView(BaseModel):
    """A parameter: what it is about, in the caller's language, and all its versions."""

    name: str = Field(examples=["term.longest"])
    title: str = Field(examples=["The longest term of payment"])
    written: str = Field(description="Where the rule behind it is written.")
    value: int | None = Field(description="In effect now; null if it has none yet.", examples=[31536000])
    versions: list[PolicyVersionView]


class PoliciesView(BaseModel):
    """Every parameter of the ledger."""

    policies: list[PolicyView]


@router.get(
    "",
    response_model=PoliciesView,
    operation_id="listPolicies",
    summary="Every parameter of the ledger, with the citation of each version",
    responses=describe_read(),
)
def list_policies(request: Request, gateway: Here, _: Caller) -> Response:
    """What refusals name as `policy`, where a parameter decides."""
    language = language_of(request)
    with reading(gateway.ledger) as view:
        found = read_policies(gateway.ledger, view.head.time, view.head.number)
        shown = [
            PolicyView(
                name=one.name,
                title=CATALOGUE[one.name].title.of(language),
                written=CATALOGUE[one.name].source.of(language),
                value=one.value,
                versions=[
                    PolicyVersionView(
                        number=version.number,
                        value=version.value,
                        effective_from=version.effective_from,
                        citation=CitationView(
                            issuer=version.citation.issuer,
                            document=version.citation.document,
                            article=version.citation.article,
                        ),
                    )
                    for version in one.versions
                ],
            )
            for one in found
        ]
        return read(request, view.head, PoliciesView(policies=shown), language)
