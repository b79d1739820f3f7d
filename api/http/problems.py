"""Problems: what went wrong, as RFC 9457 says it.

A refusal of the ledger names its rule and its facts, the policy behind it, where that is written, and what
helps; in Chinese or English, as the caller prefers.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from web3.exceptions import Web3RPCError

from api.http.formats import currency_of, hex_of, time_of
from api.http.language import language_of
from api.http.refusals import status_of
from api.payments import AccountMissing
from chain.compliance import CATALOGUE, explain
from chain.compliance.catalogue import Language
from chain.deployment import WrongChain
from chain.errors import LedgerRefusal
from chain.outbox import KeyReused, NonceTaken, TransactionRefused
from chain.outbox.delivering import NotYetIncluded
from chain.revert import CallReverted
from chain.rpc import NodeUnreachable
from chain.sending import TransactionReverted
from chain.signing import SigningFailed
from chain.signing.policy import SigningRefused
from credit.query import NotReliable
from flows.disclosure import DisclosureRefused
from flows.errors import BadDocument
from flows.reconciliation import LineTwice

MEDIA_TYPE: Final = "application/problem+json"
RULE_URN: Final = "urn:counterfoil:rule:"

_TIMES: Final = {
    *("due_at", "latest", "lapsed_at", "valid_until", "disburse_by", "expires_at", "matures_at"),
    *("delivered_at", "registered_at", "noticed_at", "demanded_at", "overdue_from", "effective_from"),
    *("earliest", "deadline", "attested_at", "own_until", "time"),
}
_AMOUNTS: Final = {
    *("requested", "available", "proceeds", "amount", "outstanding", "length", "total", "face", "least"),
    *("paid", "unpaid", "voucher", "used_for", "child", "parent", "credit", "credited", "used", "owed"),
    *("interest", "debtor_interest", "fees", "surplus", "redeemed"),
}
_MOST_SAFE: Final = 2**53 - 1


class FieldError(BaseModel):
    """What is wrong with one member of a request: of the body by JSON pointer, else by parameter."""

    detail: str = Field(examples=["must be text of whole minor units, such as '4000000'"])
    pointer: str | None = Field(default=None, examples=["#/legs/0/amount"])
    parameter: str | None = Field(default=None, examples=["limit"])


class Problem(BaseModel):
    """A problem as RFC 9457 describes it; `rule` is the last part of `type`.

    A refusal of the ledger has the `policy` that it rests on as well, where that is written (`citation`) and
    what helps (`remedy`); title, detail, citation and remedy are in the language of the response.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": RULE_URN + "split-exceeds-voucher",
                    "title": "A split makes nothing and loses nothing",
                    "status": 422,
                    "detail": "Voucher 281474976710656 has 4000000 left; 5000000 was to be split off.",
                    "instance": "/v1/vouchers/281474976710656/split",
                    "rule": "split-exceeds-voucher",
                    "facts": {"voucher": "281474976710656", "requested": "5000000", "available": "4000000"},
                    "policy": "transfer.conservation",
                    "citation": "Counterfoil consortium, Rules of the ledger, I-01",
                    "remedy": "Split less than there is; offer the whole as it is.",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    rule: str
    facts: dict[str, Any] | None = None
    errors: list[FieldError] | None = None
    policy: str | None = None
    citation: str | None = None
    remedy: str | None = None


class ApiProblem(Exception):
    """A rule of the API itself, not of the ledger, says no."""

    def __init__(
        self,
        rule: str,
        status: int,
        detail: str,
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.rule = rule
        self.status = status
        self.detail = detail
        self.facts = facts
        self.headers = headers


def install_problems(app: FastAPI) -> None:
    """Makes every failure of an application a problem."""
    for kind in (
        LedgerRefusal,
        ApiProblem,
        DisclosureRefused,
        NotReliable,
        BadDocument,
        AccountMissing,
        LineTwice,
        RequestValidationError,
        HTTPException,
        WrongChain,
        OSError,
        Web3RPCError,
        TransactionReverted,
        CallReverted,
        KeyReused,
        NonceTaken,
        TransactionRefused,
        SigningRefused,
        SigningFailed,
        NodeUnreachable,
        DBAPIError,
        Exception,
    ):
        app.add_exception_handler(kind, problem_response)


def problem_response(request: Request, error: Exception) -> Response:
    """The response to a request that failed."""
    problem, headers = _problem(request, error)
    return Response(
        problem.model_dump_json(exclude_none=True),
        problem.status,
        {"Cache-Control": "no-store", **headers},
        MEDIA_TYPE,
    )


def problem_of(request: Request, error: Exception) -> Problem:
    """What a failure is to the caller of a request."""
    return _problem(request, error)[0]


def presented(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a refusal as the API has them: amounts, ids and currencies as text, times as RFC 3339."""
    # `expected` is a voucher's version, except where an amount is refused.
    amounts = _AMOUNTS | {"expected"} if "amount" in facts else _AMOUNTS
    # What is due back or paid is an amount, but `redeemed` beside `recorded` counts payments.
    amounts = amounts - {"redeemed"} if "recorded" in facts else amounts
    return {name: _presented(name, value, amounts) for name, value in facts.items()}


def _presented(name: str, value: Any, amounts: Set[str]) -> Any:
    if isinstance(value, bytes):
        return hex_of(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _TIMES:
            return time_of(value)
        if name == "currency":
            return currency_of(value)
        if name in amounts or value > _MOST_SAFE:
            return str(value)
        return int(value)
    return value


def _problem(request: Request, error: Exception) -> tuple[Problem, Mapping[str, str]]:
    def problem(rule: str, status: int, detail: str, title: str = "", **more: Any) -> Problem:
        return Problem(
            type=RULE_URN + rule,
            title=title or rule.replace("-", " ").capitalize(),
            status=status,
            detail=detail,
            instance=quote(request.url.path),
            rule=rule,
            **more,
        )

    match error:
        case LedgerRefusal():
            language = language_of(request)
            why = explain(error, language)
            own = problem(
                error.rule,
                status_of(type(error)),
                why.sentence,
                why.title,
                facts=presented(error.facts()),
                policy=why.policy,
                citation=why.citation,
                remedy=why.remedy,
            )
            return own, {"Content-Language": language}
        case ApiProblem():
            own = problem(error.rule, error.status, error.detail, facts=error.facts)
            return own, error.headers or {}
        case DisclosureRefused():
            facts = {"field": error.field, "reason": error.rule}
            grounds, headers = _attested(language_of(request))
            return problem("disclosure-refused", 422, str(error), facts=facts, **grounds), headers
        case BadDocument():
            facts = {"file": error.file, "field": error.field, "reason": error.rule}
            return problem("document-invalid", 422, f"{error}.", facts=facts), {}
        case AccountMissing():
            number: dict[str, Any] = {"number": error.number}
            return problem("account-missing", 422, f"{error}.".capitalize(), facts=number), {}
        case LineTwice():
            return problem("line-twice", 422, f"{error}.".capitalize()), {}
        case NotReliable():
            status = 404 if error.rule == "attestation-unknown" else 409
            grounds, headers = _attested(language_of(request))
            return problem(error.rule, status, f"{error}.", **grounds), headers
        case RequestValidationError():
            detail = "The request is not of the form described; see errors."
            return problem("request-invalid", 422, detail, errors=_field_errors(error)), {}
        case HTTPException():
            name = HTTPStatus(error.status_code).phrase
            rule = name.lower().replace(" ", "-").replace("'", "")
            return problem(
                rule, error.status_code, _DETAILS.get(error.status_code, name)
            ), error.headers or {}
        case TransactionReverted():
            detail = "The call passed and then did not: somebody was faster. Read again and retry."
            return problem("transaction-reverted", 409, detail), {}
        case CallReverted():
            return problem("call-reverted", 409, "The ledger refuses the call without a reason."), {}
        case WrongChain():
            detail = "The node's chain is not the one of this gateway's ledger."
            return problem("wrong-chain", 503, detail), {}
        case NotYetIncluded():
            detail = (
                "The transaction is on record and no block has it yet; it will be sent until one does. "
                "The same request with the same Idempotency-Key waits for it again."
            )
            return problem("not-yet-included", 503, detail), {"Retry-After": "5"}
        case KeyReused():
            return problem("idempotency-key-reused", 422, "The key was used for another request."), {}
        case NonceTaken():
            return problem("nonce-taken", 409, f"{error}.".capitalize()), {}
        case TransactionRefused() | SigningRefused():
            return problem("transaction-refused", 422, f"{error}.".capitalize()), {}
        case SigningFailed():
            detail = "Where the key is kept there was no signature to be had; nothing was sent."
            return problem("signing-failed", 503, detail), {"Retry-After": "5"}
        case DBAPIError():
            detail = "The gateway's database does not answer. Whether a write had an effect is to be read."
            return problem("database-unreachable", 503, detail), {"Retry-After": "5"}
        case OSError() | Web3RPCError() | NodeUnreachable():
            # Besides the database, the node is the only thing outside this process that a request reaches.
            detail = (
                "The node behind this gateway does not answer. Whether a write had an effect is to be read."
            )
            return problem("ledger-unreachable", 503, detail), {"Retry-After": "5"}
        case _:
            detail = "The request failed inside the gateway. Whether a write had an effect is to be read."
            # The server closes the connection of a request that failed; say so, lest it is used again.
            return problem("internal-error", 500, detail), {"Connection": "close"}


def _attested(language: Language) -> tuple[dict[str, str], Mapping[str, str]]:
    """What the refusal of evidence rests on: not the ledger's rule, but its policy all the same."""
    policy = CATALOGUE["attestation"]
    grounds = {
        "policy": policy.id,
        "citation": policy.source.of(language),
        "remedy": policy.remedy.of(language),
    }
    return grounds, {"Content-Language": language}


_DETAILS: Final = {
    404: "There is nothing at this address.",
    405: "The address does not take this method; see the header Allow.",
}


def _field_errors(error: RequestValidationError) -> list[FieldError]:
    found = []
    for one in error.errors():
        place, *path = one["loc"]
        message = str(one["msg"]).removeprefix("Value error, ")
        if place == "body":
            # A body that is no JSON has a position for a path, which points to nothing.
            steps = [] if one["type"] == "json_invalid" else path
            found.append(FieldError(detail=message, pointer="#" + "".join(f"/{_step(s)}" for s in steps)))
        else:
            found.append(FieldError(detail=message, parameter=".".join(str(step) for step in path)))
    return found


def _step(step: int | str) -> str:
    # JSON can spell half a character in a member's name; a response cannot.
    text = str(step).encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")
