"""Two certificates at one height are evidence, and say who gave both."""

from __future__ import annotations

import json

import pytest

from api.bench.sealing import SealedChain
from chain.headers import BadHeader, equivocation, first_equivocation
from tests.chain.sealed import ENGINES, chain_of, read, trust


@pytest.fixture(params=ENGINES)
def chain(request: pytest.FixtureRequest) -> SealedChain:
    return chain_of(request.param)


def test_two_blocks_of_one_height_with_a_quorum_each_are_evidence(chain: SealedChain) -> None:
    trusted = trust(chain)
    one = read(chain.engine, chain.seal(chain.content(), chain.sealing()))
    committers = tuple(chain.validators[1:])
    other = read(chain.engine, chain.seal(chain.content(gas_used=1), chain.sealing(2, committers=committers)))

    found = equivocation(trusted, one, other)

    assert found is not None
    assert found.both == tuple(sorted(each.address for each in chain.validators[1:3]))
    told = json.loads(json.dumps(found.to_json()))
    assert (told["block"], told["rounds"]) == (1, [0, 2])
    assert told["hashes"] == ["0x" + one.hash.hex(), "0x" + other.hash.hex()]
    assert told["sealed_both"] == ["0x" + each.hex() for each in found.both]


def test_the_same_block_with_other_seals_is_no_evidence(chain: SealedChain) -> None:
    one = read(chain.engine, chain.seal(chain.content(), chain.sealing()))
    sealing = chain.sealing(committers=tuple(chain.validators[1:]))
    other = read(chain.engine, chain.seal(chain.content(), sealing))

    assert one != other
    assert equivocation(trust(chain), one, other) is None


def test_a_header_without_a_quorum_proves_nothing(chain: SealedChain) -> None:
    one = read(chain.engine, chain.seal(chain.content(), chain.sealing()))
    sealing = chain.sealing(committers=tuple(chain.validators[:2]))
    other = read(chain.engine, chain.seal(chain.content(gas_used=1), sealing))

    with pytest.raises(BadHeader, match="block 1: seals: 2, not at least 3"):
        equivocation(trust(chain), one, other)


def test_two_histories_are_compared_to_the_first_block_that_differs(chain: SealedChain) -> None:
    trusted, shared = trust(chain), [chain.add() for _ in range(4)]
    mine = chain.seal(chain.content(), chain.sealing())
    theirs = chain.seal(chain.content(gas_used=1), chain.sealing())

    found = first_equivocation(trusted, [*shared, mine], [*shared, theirs])

    assert found is not None
    assert found.block == 5


def test_a_node_that_is_behind_contradicts_nobody(chain: SealedChain) -> None:
    trusted, headers = trust(chain), [chain.add() for _ in range(4)]

    assert first_equivocation(trusted, headers, headers[:2]) is None
