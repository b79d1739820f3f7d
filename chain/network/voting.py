"""Members join and leave by the members' votes, each cast by its own node when it next proposes a block.

The votes of more than half of the validators change the set, from the block after the one that holds the
last of them. Nobody can vote itself out. Votes on a member wait in the chain until there are enough.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import StrEnum

from eth_utils.address import is_address, to_checksum_address

from chain.network.asking import ask, ask_owner
from chain.network.errors import NodeSilent, VoteFailed
from chain.network.layout import Member, Network
from chain.network.running import process_of


class Change(StrEnum):
    """What is voted on."""

    ADD = "add"
    REMOVE = "remove"


_CALL = {Change.ADD: "governance.addvalidator", Change.REMOVE: "governance.removevalidator"}


def validators(member: Member) -> tuple[str, ...]:
    """Who validates after the latest block a member's node has, as addresses (EIP-55).

    Raises:
        NodeSilent: the node does not answer.
    """
    return tuple(str(to_checksum_address(one)) for one in ask(member.url, "kaia_getCouncil", "latest"))


def majority(validators: int) -> int:
    """How many votes change a set of so many validators."""
    return validators // 2 + 1


def address_voted_on(network: Network, whom: str) -> str:
    """The address (EIP-55) of a member by its name, or of anybody by the address itself.

    Raises:
        BadNetwork: it is neither.
    """
    return str(to_checksum_address(whom)) if is_address(whom) else network.member(whom).address


def enough_voters(network: Network, address: str) -> list[Member]:
    """As many members as carry a vote on an address, of those that have one and whose nodes run here.

    Not more: a vote that comes too late starts a count of its own, which a later vote would find.

    Raises:
        NodeSilent: a node runs and does not answer.
    """
    running = [member for member in network.members if process_of(network, member)]
    current = validators(running[0]) if running else ()
    able = [member for member in running if member.address in current and member.address != address]
    return able[: majority(len(current))]


def check_no_validator(network: Network, member: Member) -> None:
    """Checks with a node that runs here that a member is no validator.

    Raises:
        VoteFailed: it is one, or there is no other node to ask.
        NodeSilent: the node does not answer.
    """
    others = [one for one in network.members if one != member and process_of(network, one)]
    if not others:
        raise VoteFailed(f"no other member's node runs here, to ask whether {member.name} is a validator")
    if member.address in validators(others[0]):
        raise VoteFailed(f"{member.name} is a validator: it has to be voted out first")


def cast(network: Network, change: Change, address: str, voters: Sequence[Member]) -> int:
    """Hands a vote to each voter's node, which puts it into the next block it proposes.

    Returns how many validators there are before the change.

    Raises:
        VoteFailed: there would be nothing to change, or a voter is no validator or votes on itself. No vote
            has been cast then.
        NodeSilent: a voter's node does not answer; votes before it have been cast.
        NodeRefused: a voter's node refuses.
    """
    if not voters:
        raise VoteFailed("nobody votes: no validator's node runs here")
    current = validators(voters[0])
    if (address in current) == (change is Change.ADD):
        raise VoteFailed(f"{address} is {'a' if change is Change.ADD else 'no'} validator already")
    for voter in voters:
        if voter.address not in current:
            raise VoteFailed(f"{voter.name} has no vote: it is no validator")
        if voter.address == address:
            raise VoteFailed(f"{voter.name} cannot vote on itself")
    for voter in voters:
        ask_owner(network.socket(voter), "governance_vote", _CALL[change], address)
    return len(current)


def wait_until_carried(member: Member, change: Change, address: str, seconds: float) -> int:
    """Waits until a member's node sees the change; returns the height it had then.

    Raises:
        VoteFailed: it has not carried in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if (address in validators(member)) == (change is Change.ADD):
                return int(ask(member.url, "eth_blockNumber"), 16)
        except NodeSilent:
            if time.monotonic() > deadline:
                raise
        if time.monotonic() > deadline:
            raise VoteFailed(
                f"the vote to {change} {address} did not carry within {seconds:.0f} s; votes cast still count"
            )
        time.sleep(0.3)
