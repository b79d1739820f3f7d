"""Many headers, their seals recovered by other processes, are followed as one by one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from chain.headers import BadHeader
from chain.headers.many import CHUNK, certified, follow_many
from tests.chain.sealed import ENGINES, chain_of, followed, trust, with_seals


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        yield processes


@pytest.mark.parametrize("engine", ENGINES)
def test_many_headers_come_to_what_they_come_to_one_by_one(engine: str, pool: Executor) -> None:
    chain = chain_of(engine)
    headers = [chain.add() for _ in range(2 * CHUNK + 1)]

    after = follow_many(trust(chain), headers, pool)

    assert after == follow_many(trust(chain), headers) == followed(trust(chain), *headers)
    assert after.block == len(headers)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", [0, CHUNK - 1, CHUNK, 2 * CHUNK])
def test_the_first_false_header_is_the_one_that_is_named(engine: str, place: int, pool: Executor) -> None:
    chain = chain_of(engine)
    headers = [chain.add() for _ in range(2 * CHUNK + 1)]
    headers[place] = with_seals(engine, headers[place], lambda seals: [bytes(65), *seals[1:]])

    with pytest.raises(BadHeader) as error:
        follow_many(trust(chain), headers, pool)

    assert (error.value.block, error.value.field) == (place + 1, "seals[0].r")


def test_headers_are_taken_only_as_they_are_needed() -> None:
    chain = chain_of("kaia")
    taken = 0

    def headers() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield chain.add()

    next(certified("kaia", headers()))

    assert taken == CHUNK
