"""Counting on the chain: every node's blocks with their certificates, and what is in them.

The outbox's word counts for nothing here. A block counts if a quorum of validators sealed it, and a call if
it is in such a block: header, transactions and receipts are those that the seals commit to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chain.headers import kaia
from chain.headers.asking import NoAnswer
from chain.headers.check import check_next
from chain.headers.codecs import follow
from chain.headers.header import BadHeader, Header
from chain.headers.node import Ask, NodeLied, fetch_headers
from chain.headers.validators import ValidatorSet
from chain.network.layout import Member
from chain.network.waiting import height_of, wait_for_height
from chain.rpc import HttpRpc, RpcError

PAGE = 200
PATIENCE = 240.0


@dataclass(frozen=True)
class Count:
    """What the chain has of some calls.

    Attributes:
        submitted: how many calls there were.
        final: in a block that a quorum sealed, and carried out.
        doubled: in more than one transaction.
        forks: heights at which two nodes have different blocks, both sealed by a quorum.
        longest_gap: most seconds from a block to the next one, by their times.
        blocks: how many blocks were read for the calls.
    """

    submitted: int
    final: int
    doubled: int
    forks: int
    longest_gap: int
    blocks: int

    @property
    def lost(self) -> int:
        """Calls that were accepted and are not final."""
        return self.submitted - self.final


def count(members: Sequence[Member], markers: Collection[bytes], since: int) -> Count:
    """Reads the chains of all members' nodes, and looks for calls in the blocks after a height.

    Args:
        members: whose nodes are asked; all are to come to the same height first.
        markers: 32 bytes that a call has in its data and no other has.
        since: no call is in this block or one before it.

    Raises:
        NodeLied: a node has a block that no quorum sealed, or one that its seals do not commit to.
        NodeFailed: a node does not come to the height that another has.
        NoAnswer: a node does not have what it should.
    """
    height = max(map(height_of, members))
    wait_for_height(members, height, PATIENCE)
    with ExitStack() as stack:
        asks = [_asking(stack.enter_context(closing(HttpRpc(member.url)))) for member in members]
        genesis = kaia.genesis(fetch_headers("kaia", asks[0], [0])[0])
        chains = [certified(genesis, _headers(ask, height)) for ask in asks]
        trusted = chains[0][since - 1][1] if since else genesis
        found, carried_out = _found(asks[0], trusted, height, set(markers))
    times = [header.timestamp for header, _ in chains[0][max(0, since - 1) :]]
    return Count(
        submitted=len(markers),
        final=sum(found[each] > 0 and each in carried_out for each in markers),
        doubled=sum(times > 1 for times in found.values()),
        forks=forks([[header for header, _ in chain] for chain in chains]),
        longest_gap=max((later - earlier for earlier, later in pairwise(times)), default=0),
        blocks=height - since,
    )


def certified(trusted: ValidatorSet, headers: Iterable[bytes]) -> list[tuple[Header, ValidatorSet]]:
    """Headers as they are hashed, one after the other, and the validators after each.

    Raises:
        NodeLied: one does not follow, or no quorum sealed it.
    """
    found: list[tuple[Header, ValidatorSet]] = []
    for raw in headers:
        try:
            header = kaia.read_header(raw)
            trusted = follow(trusted, header)
        except BadHeader as error:
            raise NodeLied("headers", error.block or 0, error.field, error.expected, error.got) from error
        found.append((header, trusted))
    return found


def forks(chains: Sequence[Sequence[Header]]) -> int:
    """At how many heights chains have different blocks; each begins with block 1."""
    return sum(len({header.hash for header in height}) > 1 for height in zip(*chains, strict=True))


def _asking(rpc: HttpRpc) -> Ask:
    def ask(requests: list[tuple[str, list[Any]]]) -> list[Any]:
        answers = rpc.batch(requests)
        for (method, arguments), answer in zip(requests, answers, strict=True):
            if answer is None or isinstance(answer, RpcError):
                raise NoAnswer(f"{method} {arguments}: {answer or 'nothing'}")
        return answers

    return ask


def _headers(ask: Ask, last: int) -> Iterator[bytes]:
    for first in range(1, last + 1, PAGE):
        yield from fetch_headers("kaia", ask, range(first, min(first + PAGE, last + 1)))


def _found(
    ask: Ask, trusted: ValidatorSet, last: int, markers: set[bytes]
) -> tuple[Counter[bytes], set[bytes]]:
    """How many transactions have each marker, and which of the markers are in one that was carried out."""
    found: Counter[bytes] = Counter()
    carried_out: set[bytes] = set()
    while trusted.block < last:
        block, trusted = check_next(ask, trusted)
        for transaction, receipt in zip(block.transactions, block.receipts, strict=True):
            data = transaction.data
            # An argument's place: the only one of the load's calls, or the first of a gateway's.
            for marker in {data[-32:], data[4:36]} & markers:
                found[marker] += 1
                if receipt.succeeded:
                    carried_out.add(marker)
    return found, carried_out
