"""How a network is: what every node has, and who made and agreed to its head."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from chain.network.asking import ask
from chain.network.errors import NodeRefused, NodeSilent
from chain.network.layout import LOOPBACK, Member, Network
from chain.network.running import process_of
from chain.network.sealing import Seals, seals_of
from chain.network.voting import validators

PATIENCE = 3.0


@dataclass(frozen=True)
class NodeStatus:
    """One member's node. `pid` is none if it does not run here; the rest is none if it does not answer.

    `asked` says whether it can be asked from here: it cannot on another machine that serves its own only.

    `lag` is how many blocks it is behind the highest; `seals` are its head's, none for the first block.
    """

    name: str
    address: str
    url: str
    pid: int | None
    height: int | None
    hash: str | None
    timestamp: int | None
    lag: int | None
    peers: int | None
    seals: Seals | None
    validators: tuple[str, ...] | None
    asked: bool = True

    @property
    def state(self) -> str:
        """`up`, `silent` (it runs and does not answer), `down`, or `elsewhere` (it cannot be asked)."""
        if not self.asked:
            return "elsewhere"
        return "up" if self.height is not None else "silent" if self.pid is not None else "down"


@dataclass(frozen=True)
class NetworkStatus:
    """All nodes, in the order of the members.

    `validators` are as the highest node has them; `agree` says whether every node that answers has the same
    block at the height they all have, and is none if fewer than two answer.
    """

    chain_id: int
    nodes: tuple[NodeStatus, ...]
    validators: tuple[str, ...]
    agree: bool | None

    @property
    def highest(self) -> NodeStatus | None:
        """The node that is ahead, the first of several; none if nobody answers."""
        answering = [node for node in self.nodes if node.height is not None]
        return max(answering, key=lambda node: node.height or 0, default=None)

    @property
    def height(self) -> int:
        """The number of the highest head, 0 if nobody answers."""
        return self.highest.height or 0 if self.highest else 0

    @property
    def quorum(self) -> int:
        """How many validators have to agree to a block."""
        return quorum(len(self.validators))

    @property
    def validators_up(self) -> int:
        """How many validators' nodes answer, or have signed the head if they cannot be asked from here."""
        signed = self.highest.seals.committers if self.highest and self.highest.seals else ()
        return sum(
            (node.state == "up" or (node.state == "elsewhere" and node.address in signed))
            and node.address in self.validators
            for node in self.nodes
        )

    @property
    def can_finalise(self) -> bool:
        """Whether enough validators answer for blocks to go on."""
        return 0 < self.quorum <= self.validators_up

    @property
    def is_well(self) -> bool:
        """Whether blocks can go on and nobody disagrees about those that are there."""
        return self.can_finalise and self.agree is not False

    def to_json(self) -> dict[str, Any]:
        """As data, with what is derived."""
        nodes = [
            {**asdict(node), "state": node.state, "validator": node.address in self.validators}
            for node in self.nodes
        ]
        for node in nodes:
            del node["validators"], node["asked"]
        return {
            "chain_id": self.chain_id,
            "height": self.height if self.highest else None,
            "validators": list(self.validators),
            "quorum": self.quorum,
            "validators_up": self.validators_up,
            "agree": self.agree,
            "well": self.is_well,
            "nodes": nodes,
        }


def quorum(validators: int) -> int:
    """How many of so many validators have to agree: two thirds, rounded up; all, if they are fewer than four.

    Source: Kaia v1.0.3, RequiredMessageCount in consensus/istanbul/core.
    """
    return validators if validators < 4 else -(-2 * validators // 3)


def network_status(network: Network) -> NetworkStatus:
    """Asks every node at once."""
    with ThreadPoolExecutor(max_workers=max(1, len(network.members))) as pool:
        answers = dict(
            zip(network.members, pool.map(lambda each: _answers(network, each), network.members), strict=True)
        )
        lowest = min((int(head["number"], 16) for head, _, _ in filter(None, answers.values())), default=0)
        answering = [member for member, answer in answers.items() if answer]
        common = set(pool.map(lambda member: _hash_at(member, lowest), answering)) - {None}
    height = max((int(head["number"], 16) for head, _, _ in filter(None, answers.values())), default=0)
    nodes = tuple(_node_status(network, member, answers[member], height) for member in network.members)
    ahead = max((node for node in nodes if node.validators), key=lambda node: node.height or 0, default=None)
    return NetworkStatus(
        chain_id=network.chain_id,
        nodes=nodes,
        validators=ahead.validators or () if ahead else (),
        agree=len(common) == 1 if len(answering) > 1 else None,
    )


_Answers = tuple[Mapping[str, Any], int, tuple[str, ...]]


def _can_be_asked(network: Network, member: Member) -> bool:
    return network.is_here(member) or member.rpc_host != LOOPBACK


def _answers(network: Network, member: Member) -> _Answers | None:
    """A node's head, number of peers, and validators; none if it does not answer."""
    if not _can_be_asked(network, member):
        return None
    try:
        head = ask(member.url, "kaia_getHeaderByNumber", "latest", timeout=PATIENCE)
        return head, int(ask(member.url, "net_peerCount", timeout=PATIENCE), 16), validators(member)
    except (NodeSilent, NodeRefused):
        return None


def _hash_at(member: Member, height: int) -> str | None:
    try:
        return str(ask(member.url, "kaia_getHeaderByNumber", hex(height), timeout=PATIENCE)["hash"])
    except (NodeSilent, NodeRefused):
        return None


def _node_status(network: Network, member: Member, answers: _Answers | None, highest: int) -> NodeStatus:
    process = process_of(network, member)
    head, peers, known = answers or (None, None, None)
    height = int(head["number"], 16) if head else None
    return NodeStatus(
        name=member.name,
        address=member.address,
        url=member.url,
        pid=process.pid if process else None,
        height=height,
        hash=head["hash"] if head else None,
        timestamp=int(head["timestamp"], 16) if head else None,
        lag=highest - height if height is not None else None,
        peers=peers,
        seals=seals_of(head) if head and height else None,
        validators=known,
        asked=_can_be_asked(network, member),
    )
