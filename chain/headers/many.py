"""Many headers at once: seals are recovered by several processes, links and votes followed here in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice

from chain.headers.codecs import CODECS, follow
from chain.headers.header import BadHeader, Header
from chain.headers.validators import Certificate, ValidatorSet, certify

CHUNK = 250
"""Headers that one process recovers at a time."""

AHEAD = 8
"""Chunks on their way at once: enough for a few processes, and no more memory than that."""

Recovered = tuple[list[tuple[Header, Certificate]], BadHeader | None]
"""Headers with their certificates, up to one that is malformed."""


def follow_many(
    trusted: ValidatorSet, headers: Iterable[bytes], pool: Executor | None = None
) -> ValidatorSet:
    """The validators after many headers, in their order.

    Args:
        trusted: The validators after the block before the first.
        headers: Their encodings; they are read as they are needed.
        pool: Processes that recover the seals; without any it is done here.

    Raises:
        BadHeader: a header is not as it must be; those before it are.
    """
    for header, certificate in certified(trusted.consensus.engine, headers, pool):
        trusted = follow(trusted, header, certificate)
    return trusted


def certified(
    engine: str, headers: Iterable[bytes], pool: Executor | None = None
) -> Iterator[tuple[Header, Certificate]]:
    """Headers with their certificates, in order; nothing says yet that any of them is valid.

    Raises:
        BadHeader: a header is malformed, or a seal is no signature.
    """
    rest = iter(headers)
    waiting: deque[Future[Recovered]] = deque()
    while (chunk := list(islice(rest, CHUNK))) or waiting:
        if pool is None:
            yield from _checked(_recovered(engine, chunk))
            continue
        if chunk:
            waiting.append(pool.submit(_recovered, engine, chunk))
        if not chunk or len(waiting) > AHEAD:
            yield from _checked(waiting.popleft().result())


def _recovered(engine: str, headers: list[bytes]) -> Recovered:
    read, found = CODECS[engine].read_header, []
    for raw in headers:
        try:
            header = read(raw)
            found.append((header, certify(header)))
        except BadHeader as error:
            return found, error
    return found, None


def _checked(recovered: Recovered) -> Iterator[tuple[Header, Certificate]]:
    found, error = recovered
    yield from found
    if error is not None:
        raise error
