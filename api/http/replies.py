"""Responses: JSON, and for reads the block they are as of and a strong ETag.

The block is in headers, not in the body: the body changes only with what it tells, so that its ETag holds
from block to block, and a 304 says "still so, as of this block".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response
from pydantic import BaseModel

from api.http.asof import Head
from api.http.formats import hex_of, time_of
from api.http.problems import MEDIA_TYPE

AS_OF: Final[dict[str, Any]] = {
    "Ledger-Block": {
        "description": "Number of the block the response is as of.",
        "schema": {"type": "integer"},
    },
    "Ledger-Block-Hash": {"description": "Its hash.", "schema": {"type": "string"}},
    "Ledger-Block-Time": {"description": "Its time.", "schema": {"type": "string", "format": "date-time"}},
}
_ETAG: Final[dict[str, Any]] = {"ETag": {"description": "Strong validator.", "schema": {"type": "string"}}}

Responses = dict[int | str, dict[str, Any]]


def written(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The response to a write."""
    own = {**(headers or {}), "Cache-Control": "no-store"}
    return Response(body.model_dump_json(by_alias=True), status, own, "application/json")


def read(request: Request, head: Head | None, body: BaseModel, language: str = "") -> Response:
    """The response to a read: 304 without a body if the caller has it already.

    `head` is None where the ledger was not read. `language` is that of the body, where it has words of ours.
    """
    content = body.model_dump_json(by_alias=True).encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    if head is not None:
        headers |= {
            "Ledger-Block": str(head.number),
            "Ledger-Block-Hash": hex_of(head.hash),
            "Ledger-Block-Time": time_of(head.time),
        }
    if language:
        headers |= {"Content-Language": language, "Vary": "Authorization, Accept-Language"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(None, 304, headers)
    return Response(content, 200, headers, "application/json")


def _matches(if_none_match: str, etag: str) -> bool:
    # Weak comparison, as RFC 9110 section 13.1.2 asks.
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in given or "*" in given


def describe_read(*statuses: int) -> Responses:
    """What the OpenAPI document says of a read's responses, besides its model."""
    return {
        200: {"description": "As of the block in the headers.", "headers": {**AS_OF, **_ETAG}},
        304: {"description": "Still what the ETag given stands for.", "headers": {**AS_OF, **_ETAG}},
        **describe_problems(401, 422, *statuses),
    }


def describe_own(*statuses: int) -> Responses:
    """What the OpenAPI document says of a read of what the gateway itself keeps."""
    return {
        200: {"description": "As the gateway has it.", "headers": _ETAG},
        304: {"description": "Still what the ETag given stands for.", "headers": _ETAG},
        **describe_problems(401, 422, *statuses),
    }


def describe_write(*statuses: int) -> Responses:
    """What the OpenAPI document says of a write's problems."""
    return describe_problems(401, 403, 409, 413, 422, *statuses)


def describe_problems(*statuses: int) -> Responses:
    """What the OpenAPI document says of problems; the same for all of a status."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": _PROBLEMS[status], "content": content}
        for status in sorted({*statuses, 500, 503})
    }


_PROBLEMS: Final = {
    401: "No bearer token, or none of this gateway's.",
    403: "Not for this participant to do.",
    404: "There is no such thing, or none that this participant may see.",
    409: "The ledger's state does not allow it now, or the request is being worked on already.",
    413: "The body is too large.",
    422: "The values cannot be right, or the idempotency key was used for another request.",
    500: "A failure inside the gateway.",
    501: "This gateway was started without a database: it keeps no transactions and no read model.",
    503: "The node or the database behind the gateway does not answer, or the read model is not there.",
}
