"""Four validators as processes: what they agree to, and what they survive."""

from __future__ import annotations

import time

import pytest
from eth_utils.address import to_checksum_address

from chain.deployment import DAY, check_deployment, deploy
from chain.engines import connect, now
from chain.events import Admitted
from chain.ledger import decide, only, open_ledger
from chain.network.asking import ask
from chain.network.building import node_program
from chain.network.errors import BadNetwork, NodeRefused, NodeSilent, VoteFailed
from chain.network.founding import add_member, drop_member
from chain.network.layout import Member, Network, is_free
from chain.network.running import forget_chain, kill, process_of, start, stop
from chain.network.sealing import seals_of
from chain.network.status import network_status, quorum
from chain.network.voting import Change, cast, check_no_validator, validators, wait_until_carried
from chain.network.waiting import height_of, wait_for_height
from chain.replay import replay
from chain.rules.state import Role
from chain.signing import new_signer
from tests.chain.scenario import signer_of
from tests.consortium.conftest import CHAIN_ID, PATIENCE, bring_up

pytestmark = pytest.mark.consortium

METHOD_NOT_FOUND = -32601
OWNERS_CALLS = (
    "governance_vote",
    "debug_setHead",
    "admin_addPeer",
    "personal_newAccount",
    "istanbul_propose",
)


def hash_at(member: Member, height: int) -> str:
    return str(ask(member.url, "kaia_getHeaderByNumber", hex(height))["hash"])


def test_every_block_is_signed_by_a_quorum_of_the_validators_and_is_the_same_everywhere(
    consortium: Network,
) -> None:
    members = {member.address for member in consortium.members}
    height = min(map(height_of, consortium.members))

    for number in range(1, height + 1):
        header = ask(consortium.members[0].url, "kaia_getHeaderByNumber", hex(number))
        seals = seals_of(header)
        assert len(set(seals.committers)) == len(seals.committers) >= quorum(len(members)) == 3
        assert set(seals.committers) <= members
        assert seals.proposer == to_checksum_address(header["reward"])
    assert len({hash_at(member, height) for member in consortium.members}) == 1


def test_the_ledger_runs_for_an_account_that_never_held_a_coin(consortium: Network) -> None:
    first, second, third, _ = (connect(member.url) for member in consortium.members)
    deployer, governors = new_signer(), [signer_of(f"governor {number}") for number in (1, 2, 3)]

    manifest = deploy(first, deployer, [governor.address for governor in governors], threshold=2)
    wait_for_height(consortium.members, first.w3.eth.block_number, PATIENCE)
    ledger = open_ledger(second, manifest)
    supplier = ledger.participants.encoded(
        "admit", b"\1" * 32, int(Role.SUPPLIER), now(second) + 365 * DAY, new_signer().address
    )
    number = only(decide(ledger, governors, [supplier]), Admitted).number
    wait_for_height(consortium.members, second.w3.eth.block_number, PATIENCE)

    check_deployment(third, manifest)
    assert number == 1
    assert replay(third, manifest).agrees
    assert first.w3.eth.get_balance(first.w3.to_checksum_address(deployer.address)) == 0


def test_what_is_the_owners_is_not_served_on_the_port_that_others_use(consortium: Network) -> None:
    member = consortium.members[0]

    assert ask(member.url, "eth_chainId") == hex(CHAIN_ID)
    for method in (
        "governance_vote",
        "debug_setHead",
        "admin_addPeer",
        "personal_newAccount",
        "istanbul_propose",
    ):
        with pytest.raises(NodeRefused) as refused:
            ask(member.url, method)
        assert refused.value.code == METHOD_NOT_FOUND, method


def test_blocks_go_on_without_one_validator(consortium: Network) -> None:
    *rest, lost = consortium.members
    kill(consortium, [lost])
    height = height_of(rest[0])

    wait_for_height(rest, height + 5, PATIENCE)

    seen = network_status(consortium)
    assert [node.state for node in seen.nodes] == ["up", "up", "up", "down"]
    assert (seen.can_finalise, seen.agree) == (True, True)
    assert lost.address not in seals_of(ask(rest[0].url, "kaia_getHeaderByNumber", "latest")).committers


def test_without_two_validators_nothing_is_finalised_until_one_is_back(consortium: Network) -> None:
    first, second, third, fourth = consortium.members
    kill(consortium, [third, fourth])
    time.sleep(3)  # what was agreed to before arrives
    halted = height_of(first)

    time.sleep(15)  # more than a round's ten seconds
    assert {height_of(first), height_of(second)} == {halted}
    assert not network_status(consortium).can_finalise

    start(consortium, third, node_program())
    wait_for_height([first, second, third], halted + 2, PATIENCE)
    assert len({hash_at(member, halted + 1) for member in (first, second, third)}) == 1


def test_a_member_joins_by_the_votes_of_more_than_half_and_leaves_by_them(consortium: Network) -> None:
    first, second, third, _ = consortium.members
    enlarged, fifth = add_member(consortium, "guest")
    try:
        cast(enlarged, Change.ADD, fifth.address, [first, second])
        wait_for_height([first], height_of(first) + 5, PATIENCE)
        assert fifth.address not in validators(first)

        cast(enlarged, Change.ADD, fifth.address, [third])
        joined = wait_until_carried(first, Change.ADD, fifth.address, PATIENCE)
        start(enlarged, fifth, node_program())
        wait_for_height([fifth], joined + 5, PATIENCE)
        assert proposes_or_signs(fifth, first)

        with pytest.raises(VoteFailed, match="is a validator"):
            check_no_validator(enlarged, fifth)
        cast(enlarged, Change.REMOVE, fifth.address, [first, second, third])
        left = wait_until_carried(first, Change.REMOVE, fifth.address, PATIENCE)
        wait_for_height(consortium.members, left + 2, PATIENCE)
        assert set(validators(first)) == {member.address for member in consortium.members}
        check_no_validator(enlarged, fifth)
    finally:
        stop(enlarged, [fifth])
        assert drop_member(enlarged, fifth).members == consortium.members


def proposes_or_signs(member: Member, seen_by: Member) -> bool:
    """Whether a member's seal is in one of the next blocks."""
    start_height = height_of(seen_by)
    for number in range(start_height, start_height + 20):
        wait_for_height([seen_by], number, PATIENCE)
        if member.address in seals_of(ask(seen_by.url, "kaia_getHeaderByNumber", hex(number))).committers:
            return True
    return False


def test_votes_that_can_change_nothing_are_refused_before_any_is_cast(consortium: Network) -> None:
    first, second, *_ = consortium.members
    stranger = new_signer().address

    with pytest.raises(VoteFailed, match="is a validator already"):
        cast(consortium, Change.ADD, second.address, [first])
    with pytest.raises(VoteFailed, match="is no validator already"):
        cast(consortium, Change.REMOVE, stranger, [first])
    with pytest.raises(VoteFailed, match="cannot vote on itself"):
        cast(consortium, Change.REMOVE, second.address, [first, second])
    with pytest.raises(VoteFailed, match="nobody votes"):
        cast(consortium, Change.ADD, stranger, [])


def test_a_node_that_lost_its_chain_fetches_it_again(consortium: Network) -> None:
    first, *_, lost = consortium.members
    key = (consortium.folder(lost) / "nodekey").read_text(encoding="ascii")
    with pytest.raises(BadNetwork, match="runs: stop it"):
        forget_chain(consortium, lost)
    kill(consortium, [lost])
    forget_chain(consortium, lost)
    assert not consortium.data(lost).exists()
    height = height_of(first)

    start(consortium, lost, node_program())
    wait_for_height([lost], height, PATIENCE)

    assert [hash_at(lost, at) for at in (1, height)] == [hash_at(first, at) for at in (1, height)]
    assert (consortium.folder(lost) / "nodekey").read_text(encoding="ascii") == key


def test_stop_leaves_nothing_running_and_the_network_goes_on_where_it_was(consortium: Network) -> None:
    processes = [process_of(consortium, member) for member in consortium.members]
    before = min(map(height_of, consortium.members))
    kept = hash_at(consortium.members[0], before)

    assert stop(consortium, consortium.members) == list(consortium.members)

    for member, process in zip(consortium.members, processes, strict=True):
        assert process is not None
        assert not process.is_running()
        assert process_of(consortium, member) is None
        assert is_free(member.rpc_port)
        assert is_free(member.p2p_port)
        with pytest.raises(NodeSilent):
            height_of(member)
    assert stop(consortium, consortium.members) == []
    bring_up(consortium, consortium.members)
    assert hash_at(consortium.members[3], before) == kept
