"""Headers of BFT networks verified: how many a second, next to recovering their seals alone."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from time import perf_counter, process_time

from eth_keys.backends.coincurve import CoinCurveECCBackend
from eth_keys.main import KeyAPI

from api.bench.sealing import EPOCH, SealedChain, Validator
from chain.headers import CODECS, Consensus, ValidatorSet, kaia, qbft
from chain.headers.header import Sealed
from chain.headers.many import follow_many
from chain.headers.validators import sealed_of

ENGINES = ("qbft", "kaia")
VALIDATORS = 4
GOAL = 4_000
"""Headers a second that two cores should verify."""

SAMPLE = 1_000
"""Headers that one core verifies, and whose seals the peer recovers."""


@dataclass(frozen=True, slots=True)
class EngineRate:
    """What was measured of one engine, in headers a second.

    `by_the_clock` is with `processes` recovering seals and one following; `a_core` and `peer_a_core` are of
    processor time. The peer recovers each header's seals and the proposer's, from digests that are given:
    it reads, hashes and follows nothing. `ratio` is ours by the peer's.
    """

    recoveries: int
    by_the_clock: float
    a_core: float
    peer_a_core: float
    ratio: float


@dataclass(frozen=True, slots=True)
class HeadersReport:
    """What was measured; `peer` names what it is compared with."""

    headers: int
    validators: int
    processes: int
    peer: str
    engines: dict[str, EngineRate]


def bench_headers(count: int, processes: int = 2) -> HeadersReport:
    """Measures on chains sealed for it: a block each, sealed by three of four validators.

    Args:
        count: Headers of each chain.
        processes: How many recover seals.
    """
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        rates = {engine: _measured(engine, count, pool) for engine in ENGINES}
    peer = f"eth-keys {version('eth-keys')} with coincurve {version('coincurve')}, recovering the seals alone"
    return HeadersReport(count, VALIDATORS, processes, peer, rates)


def _measured(engine: str, count: int, pool: ProcessPoolExecutor) -> EngineRate:
    chain = SealedChain(engine, [Validator(f"bench {number}") for number in range(VALIDATORS)])
    headers = [chain.add() for _ in range(count)]
    trusted = _trusted(chain)
    # The processes import what they need before the clock runs.
    follow_many(trusted, headers, pool)

    started = perf_counter()
    follow_many(trusted, headers, pool)
    clock = perf_counter() - started

    sample = headers[:SAMPLE]
    started = process_time()
    follow_many(trusted, sample)
    own = process_time() - started

    sealed = [sealed_of(CODECS[engine].read_header(raw)) for raw in sample]
    started = process_time()
    recoveries = sum(map(_recovered_by_peer, sealed))
    peer = process_time() - started
    return EngineRate(
        recoveries=recoveries // len(sample),
        by_the_clock=round(count / clock, 1),
        a_core=round(len(sample) / own, 1),
        peer_a_core=round(len(sample) / peer, 1),
        ratio=round(peer / own, 3),
    )


def _trusted(chain: SealedChain) -> ValidatorSet:
    if chain.engine == "kaia":
        return kaia.genesis(chain.genesis)
    return qbft.genesis(chain.genesis, Consensus("qbft", EPOCH))


_PEER = KeyAPI(CoinCurveECCBackend())


def _recovered_by_peer(sealed: Sealed) -> int:
    """Recovers the seals of a header as the peer does; how many there are."""
    signed = [(sealed.commit, seal) for seal in sealed.seals]
    signed += [(sealed.proposal, sealed.proposer_seal)] if sealed.proposal else []
    for digest, seal in signed:
        signature = _PEER.Signature(seal)
        signature.recover_public_key_from_msg_hash(digest).to_canonical_address()
    return len(signed)
