"""Taking single requests on record together: what arrives within a moment shares one database transaction.

The commit costs more than all else of a request. This is the flush writer of FireFly's transaction manager
(github.com/hyperledger/firefly-transaction-manager): a hundred at most, ten milliseconds at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from api.http.answers import Answer
from api.http.kept_answers import Asked, KeptAnswers
from chain.outbox import Outbox, Submission, Taken, submit_each

MOST: Final = 100
GATHER: Final = 0.01

Outcome = Taken | Answer | Exception


@dataclass(slots=True)
class _Waiting:
    submission: Submission
    asked: Asked | None
    future: asyncio.Future[Taken | Answer]


@dataclass
class Intake:
    """Takes calls on record in groups. Belongs to the event loop that calls it; close it afterwards."""

    outbox: Outbox = field(repr=False)
    answers: KeptAnswers = field(repr=False)
    _waiting: list[_Waiting] = field(default_factory=list, init=False, repr=False)
    _flushing: asyncio.Task[None] | None = field(default=None, init=False, repr=False)
    _writer: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "intake"), init=False, repr=False
    )

    async def take(self, submission: Submission, asked: Asked | None) -> Taken | Answer:
        """Takes a call on record, or finds that it is there; the answer given if its key has one.

        Args:
            submission: the call.
            asked: the request behind it, if it has a key of its caller's.

        Raises:
            ApiProblem: the key was used for another request, or its request is still being worked on.
            KeyReused, SigningRefused, SigningFailed, TransactionRefused: as `chain.outbox.submit`.
        """
        future: asyncio.Future[Taken | Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(submission, asked, future))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return await future

    def close(self) -> None:
        """Ends its thread."""
        self._writer.shutdown()

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                if len(self._waiting) < MOST:
                    await asyncio.sleep(GATHER)
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                try:
                    outcomes = await loop.run_in_executor(self._writer, self._write, group)
                except Exception as error:  # whatever it is, it is the answer to each of them
                    outcomes = [error] * len(group)
                for each, outcome in zip(group, outcomes, strict=True):
                    if each.future.done():  # its client has gone; the transaction goes its way
                        continue
                    if isinstance(outcome, Exception):
                        each.future.set_exception(outcome)
                    else:
                        each.future.set_result(outcome)
        finally:
            self._flushing = None

    def _write(self, group: Sequence[_Waiting]) -> list[Outcome]:
        earlier = self.answers.earlier([each.asked for each in group if each.asked is not None])
        outcomes: list[Outcome | None] = [
            earlier.get((each.asked.owner, each.asked.key)) if each.asked is not None else None
            for each in group
        ]
        open_ones = [at for at, outcome in enumerate(outcomes) if outcome is None]
        taken = submit_each(self.outbox, [group[at].submission for at in open_ones])
        for at, outcome in zip(open_ones, taken, strict=True):
            outcomes[at] = outcome
        return [each for each in outcomes if each is not None]
