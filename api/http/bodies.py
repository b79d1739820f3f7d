"""Bodies are looked at before they are parsed: how large they are, and how deeply nested.

The depth is ours to check: the JSON parser goes as deep as the interpreter lets it, and then fails without
saying what was wrong with the request.
"""

from __future__ import annotations

import re
from typing import Final

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import ApiProblem, problem_response

MOST_BYTES: Final = 1 << 20
MOST_DEPTH: Final = 16

# A string that never ends counts to the end of the body; so no place is read twice.
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


class BodyGuard:
    """Refuses a body that is too large or too deeply nested."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body first, and hands it on as it came if it is in order."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await _body(receive)
            check_depth(body)
        except ApiProblem as problem:
            await problem_response(Request(scope), problem)(scope, receive, send)
            return
        handed: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return handed.pop() if handed else await receive()

        await self.app(scope, again, send)


def check_depth(body: bytes) -> None:
    """Refuses JSON that is nested deeper than any request is.

    Raises:
        ApiProblem: it is.
    """
    depth = 0
    for token in _TOKENS.finditer(body):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth > MOST_DEPTH:
                raise ApiProblem("body-too-deep", 422, f"A body is nested at most {MOST_DEPTH} deep.")
        elif token[0] in (b"]", b"}"):
            depth -= 1


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            raise ApiProblem("body-too-large", 413, f"A body has at most {MOST_BYTES} bytes.")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
