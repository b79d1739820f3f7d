"""`Idempotency-Key`: a write that is sent twice happens once and is answered twice.

Answers are kept for each account apart: in this process's memory, the newest of them, or in a database.
What a request sends is named by its key, so that a gateway with an outbox sends it once though the request
be carried out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.http.answers import Answer, Answers
from api.http.authentication import authenticate
from api.http.kept_answers import KeptAnswers
from api.http.problems import ApiProblem, problem_response
from chain.outbox.delivering import NotYetIncluded, keyed

LONGEST_KEY: Final = 255


class WriteRoute(APIRoute):
    """A route whose POST honours `Idempotency-Key`.

    What is kept is the answer to a request that was carried out or refused by a rule, and also to one that
    failed inside: whether it had an effect is then for the caller to look up. A request that was not
    understood (validation) leaves its key free, and so does one whose transaction is still on its way: the
    same request again waits for that same transaction.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with memory."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None:
                return await handle(request)
            if not 0 < len(key) <= LONGEST_KEY:
                raise ApiProblem("idempotency-key-invalid", 422, f"A key has 1 to {LONGEST_KEY} characters.")
            # Two accounts of one participant, a maker's and a checker's, have keys of their own.
            account = authenticate(request).signer.address
            answers: Answers | KeptAnswers = request.app.state.gateway.answers
            earlier = answers.begin(account, key, await _fingerprint(request))
            if earlier is not None:
                headers = {**earlier.headers, "Idempotent-Replayed": "true"}
                return Response(earlier.body, earlier.status, headers)
            answer: Answer | None = None
            try:
                try:
                    with keyed(f"{account} {key}"):
                        response = await handle(request)
                except (RequestValidationError, NotYetIncluded):
                    raise
                except Exception as error:
                    response = problem_response(request, error)
                    answer = _answer(response)
                    raise
                answer = _answer(response)
                return response
            finally:
                answers.finish(account, key, answer)

        return handle_once


async def _fingerprint(request: Request) -> bytes:
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(target + await request.body()).digest()


def _answer(response: Response) -> Answer:
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Answer(response.status_code, kept, bytes(response.body))
