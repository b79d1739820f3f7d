"""`Idempotency-Key`: a write that is sent twice happens once and is answered twice.

Answers are kept for each account apart: in this process's memory, the newest of them, or in a database.
What a request sends is named by its key, so that a gateway with an outbox sends it once though the request
be carried out again.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.http.answers import Answer, Answers
from api.http.authentication import authenticate
from api.http.intake import Intake
from api.http.kept_answers import Asked, KeptAnswers
from api.http.operations import NAMES, Call, single
from api.http.problems import ApiProblem, problem_response
from api.http.replies import written
from api.http.transactions import TakenView, location_of
from chain.outbox import Submission, Taken
from chain.outbox.delivering import NotYetIncluded, OnRecord, keyed

LONGEST_KEY: Final = 255

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class WriteRoute(APIRoute):
    """A route whose POST honours `Idempotency-Key`.

    What is kept is the answer to a request that was carried out or refused by a rule. One that was not
    understood (validation) leaves its key free. So does one that failed inside or whose transaction is still
    on its way, where the gateway has an outbox: the same request again finds the transaction that was sent.
    Where it has none, a failure is kept: whether it had an effect is for the caller to look up.

    A gateway with an outbox honours `Prefer: respond-async` (RFC 7240) as well: the call is taken on record
    and answered with 202. Of an operation nothing else is written down: the outbox knows its key by itself.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with memory."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is not None and not 0 < len(key) <= LONGEST_KEY:
                raise ApiProblem("idempotency-key-invalid", 422, f"A key has 1 to {LONGEST_KEY} characters.")
            intake: Intake | None = request.app.state.gateway.intake
            if intake is not None and prefers_async(request):
                account = authenticate(request).signer.address
                return await self._take(request, intake, account, key, handle)
            if key is None:
                return await handle(request)
            # Two accounts of one participant, a maker's and a checker's, have keys of their own.
            account = authenticate(request).signer.address
            return await _carry_out(request, account, key, handle)

        return handle_once

    async def _take(
        self, request: Request, intake: Intake, account: str, key: str | None, handle: Handler
    ) -> Response:
        """Takes the request's call on record; with the key of an earlier request, finds that one's."""
        asked = Asked(account, key, await _fingerprint(request)) if key is not None else None
        named = f"{account} {uuid.uuid4() if key is None else key}"
        call = await self._call(request)
        if call is not None:
            done = await intake.take(Submission(named, account, *call), asked)
            return _replayed(done) if isinstance(done, Answer) else _on_record(done)

        # No operation of its own: the route is carried out up to where it sends.
        async def handle_until_sent(request: Request) -> Response:
            try:
                with keyed(named, waits=False):
                    return await handle(request)
            except OnRecord as reached:
                return _on_record(reached.taken)

        if key is None:
            return await handle_until_sent(request)
        return await _carry_out(request, account, key, handle_until_sent)

    async def _call(self, request: Request) -> Call | None:
        """The call that the request stands for, if its route is an operation's and it is in order."""
        if self.operation_id not in NAMES:
            return None
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return None
        try:
            body = json.loads(await request.body())
            operation = single(str(self.operation_id), "-", request.path_params, body)
        except (ValueError, RecursionError):
            return None  # the route says what is wrong with it
        return operation.call(request.app.state.gateway.ledger)


def prefers_async(request: Request) -> bool:
    """Whether the caller would rather not wait for a block (RFC 7240, section 4.1)."""
    asked = ",".join(request.headers.getlist("prefer"))
    return any(one.partition(";")[0].strip().lower() == "respond-async" for one in asked.split(","))


async def _carry_out(request: Request, account: str, key: str, handle: Handler) -> Response:
    answers: Answers | KeptAnswers = request.app.state.gateway.answers
    earlier = answers.begin(account, key, await _fingerprint(request))
    if earlier is not None:
        return _replayed(earlier)
    answer: Answer | None = None
    try:
        try:
            with keyed(f"{account} {key}"):
                response = await handle(request)
        except (RequestValidationError, NotYetIncluded):
            raise
        except Exception as error:
            response = problem_response(request, error)
            # An outbox knows what was sent by its key, so the same request may try again.
            if response.status_code < 500 or request.app.state.gateway.intake is None:
                answer = _answer(response)
            raise
        answer = _answer(response)
        return response
    finally:
        answers.finish(account, key, answer)


def _replayed(earlier: Answer) -> Response:
    return Response(earlier.body, earlier.status, {**earlier.headers, "Idempotent-Replayed": "true"})


def _on_record(taken: Taken) -> Response:
    """202: the same for the same key, however far the transaction has come."""
    headers = {"Location": location_of(taken.entry), "Preference-Applied": "respond-async"}
    if not taken.fresh:
        headers["Idempotent-Replayed"] = "true"
    return written(TakenView.of(taken.entry), 202, headers)


async def _fingerprint(request: Request) -> bytes:
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(target + await request.body()).digest()


def _answer(response: Response) -> Answer:
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Answer(response.status_code, kept, bytes(response.body))
