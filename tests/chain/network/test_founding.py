"""A network's folder: what is in it, who may read it, and what is refused before anything is made."""

from __future__ import annotations

import json
import stat
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from coincurve import PrivateKey

from chain.headers import rlp
from chain.network.errors import BadNetwork
from chain.network.founding import add_member, drop_member, found, next_name
from chain.network.genesis import besu_extra_data, besu_genesis, kaia_extra_data, kaia_genesis
from chain.network.keys import address_of, make_node_key
from chain.network.layout import LONGEST_SOCKET_PATH, Network, free_ports, read_network


@pytest.fixture
def network(network_folder: Path) -> Network:
    return found(network_folder / "net", members=4, chain_id=7)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_each_member_has_a_key_of_its_own_that_nobody_else_reads(network: Network) -> None:
    keys = set()
    for member in network.members:
        folder = network.folder(member)
        key = (folder / "nodekey").read_text(encoding="ascii")
        public = PrivateKey.from_hex(key).public_key.format(compressed=False)[1:]
        assert (member.public_key, member.address) == (public.hex(), address_of(public))
        assert (mode(folder), mode(folder / "nodekey")) == (0o700, 0o600)
        keys.add(key)

    shared = (network.path / "network.json").read_text() + network.genesis.read_text()
    assert len(keys) == 4
    assert not any(key in shared for key in keys)


def test_the_folder_reads_as_it_was_made(network: Network) -> None:
    assert read_network(network.path) == network


def test_ports_are_all_different(network: Network) -> None:
    ports = [port for one in network.members for port in (one.p2p_port, one.sub_port, one.rpc_port)]

    assert len(set(ports)) == 12


def test_ports_taken_are_left_alone() -> None:
    first = free_ports(5)

    assert set(first).isdisjoint(free_ports(5, taken=first))


def test_the_first_block_names_the_members_in_order_and_charges_no_gas(network: Network) -> None:
    genesis = json.loads(network.genesis.read_text())
    validators, seal, committed = rlp.decode_list(bytes.fromhex(genesis["extraData"][2:])[32:])
    config = genesis["config"]

    assert validators == sorted(bytes.fromhex(member.address[2:]) for member in network.members)
    assert (seal, committed) == (bytes(65), [])
    assert config["chainId"] == 7
    assert config["governance"]["governanceMode"] == "ballot"
    assert config["governance"]["kip71"]["upperboundbasefee"] == config["unitPrice"] == 0


def test_extra_data_is_what_kaias_own_tool_writes() -> None:
    # Written by `homi setup` of Kaia v1.0.3 for four validators.
    validators = (
        "0x6a2a5d02b11a6356a1427a8002a690232ec1ca92",
        "0xa69196fa8d34208a3b3d47517a4e58a30c4f187e",
        "0x3140a8ce5368f425cf6da5de5afbcf2fc4eafa5d",
        "0xb027f65e06ee7f8176951d7c5b5f6084662edd10",
    )
    expected = (
        64 * "0" + "f89af85494"
        "6a2a5d02b11a6356a1427a8002a690232ec1ca9294a69196fa8d34208a3b3d47517a4e58a30c4f187e94"
        "3140a8ce5368f425cf6da5de5afbcf2fc4eafa5d94b027f65e06ee7f8176951d7c5b5f6084662edd10b841"
        + 130 * "0"
        + "c0"
    )

    assert kaia_extra_data(validators).hex() == expected
    assert kaia_genesis(1, validators, 0)["extraData"] == "0x" + expected


def test_extra_data_for_besu_is_what_its_documentation_shows() -> None:
    # The sample genesis file for QBFT in Besu's documentation, four validators.
    validators = (
        "0x64a702e6263b7297a96638cac6ae65e6541f4169",
        "0x3923390ad55e90c237593b3b0e401f3b08a03185",
        "0xaefdb9a738c9f433e5b6b212a6d62f6370c2f692",
        "0xc7eeb9a4e00ce683cf93039b212648e01c6c6b78",
    )
    expected = (
        "f87aa0" + 64 * "0" + "f85494"
        "64a702e6263b7297a96638cac6ae65e6541f4169943923390ad55e90c237593b3b0e401f3b08a0318594"
        "aefdb9a738c9f433e5b6b212a6d62f6370c2f69294c7eeb9a4e00ce683cf93039b212648e01c6c6b78c080c0"
    )
    genesis = besu_genesis(1, validators, 0)

    assert besu_extra_data(validators).hex() == expected
    assert genesis["mixHash"] == "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"


def test_a_new_member_gets_the_next_name_and_the_others_keep_theirs(network: Network) -> None:
    enlarged, member = add_member(network, next_name(network))

    assert member.name == "member-5"
    assert read_network(network.path) == enlarged
    assert enlarged.members == (*network.members, member)
    assert mode(enlarged.folder(member) / "nodekey") == 0o600


def test_who_is_off_the_list_keeps_its_folder_and_frees_its_name(network: Network) -> None:
    last = network.members[3]

    reduced = drop_member(network, last)

    assert read_network(network.path) == reduced
    assert (network.folder(last) / "nodekey").exists()
    assert next_name(reduced) == "member-4"
    with pytest.raises(BadNetwork, match="is there already"):
        add_member(reduced, "member-4")


@pytest.mark.parametrize("name", ["", "Member", "../member-1", "a/b", "-a", "a" * 32, "member 1"])
def test_a_name_that_is_no_name_is_refused(network: Network, name: str) -> None:
    with pytest.raises(BadNetwork, match="is no member's name"):
        add_member(network, name)
    assert read_network(network.path) == network


def test_a_name_is_given_once(network: Network) -> None:
    with pytest.raises(BadNetwork, match="there is a member member-1 already"):
        add_member(network, "member-1")


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    make_node_key(tmp_path / "nodekey")
    key = (tmp_path / "nodekey").read_text()

    with pytest.raises(FileExistsError):
        make_node_key(tmp_path / "nodekey")
    assert (tmp_path / "nodekey").read_text() == key


@pytest.mark.parametrize(("members", "chain_id"), [(3, 1), (101, 1), (4, 0), (4, 2**53)])
def test_numbers_out_of_range_make_nothing(tmp_path: Path, members: int, chain_id: int) -> None:
    with pytest.raises(BadNetwork):
        found(tmp_path / "net", members, chain_id)
    assert list(tmp_path.iterdir()) == []


def test_members_on_machines_of_their_own_read_as_they_were_made(network_folder: Path) -> None:
    hosts = [f"10.1.0.{number}" for number in range(1, 5)]

    network = found(network_folder / "net", 4, 7, hosts)
    enlarged, fifth = add_member(network, "fifth", "10.1.0.5", "10.2.0.5")

    assert [member.host for member in network.members] == hosts
    assert {member.rpc_host for member in network.members} == {"127.0.0.1"}
    assert (fifth.host, fifth.rpc_host) == ("10.1.0.5", "10.2.0.5")
    assert read_network(network.path) == enlarged


def test_a_machine_runs_the_members_whose_keys_it_has(network: Network) -> None:
    for elsewhere in network.members[2:]:
        (network.folder(elsewhere) / "nodekey").unlink()

    assert network.own == network.members[:2]


@pytest.mark.parametrize(
    "hosts",
    [
        ["10.1.0.1"],
        ["10.1.0.1"] * 5,
        ["example.com"] * 4,
        [str(IPv4Address(0))] * 4,
        ["10.1.0.1/8"] * 4,
        [""] * 4,
    ],
)
def test_addresses_that_are_none_make_nothing(tmp_path: Path, hosts: list[str]) -> None:
    for given in ({"hosts": hosts}, {"rpc_hosts": hosts}):
        with pytest.raises(BadNetwork, match="address"):
            found(tmp_path / "net", 4, 7, **given)
    assert list(tmp_path.iterdir()) == []


def test_an_address_in_the_file_that_is_none_is_refused(network: Network) -> None:
    file = network.path / "network.json"
    file.write_text(file.read_text().replace('"rpc_host": "127.0.0.1"', '"rpc_host": "--unlock"', 1))

    with pytest.raises(BadNetwork, match="member-1: rpc_host: '--unlock' is no IPv4 address"):
        read_network(network.path)


def test_a_file_without_addresses_is_of_one_machine(network: Network) -> None:
    file = network.path / "network.json"
    data = json.loads(file.read_text())
    for member in data["members"]:
        del member["host"], member["rpc_host"]
    file.write_text(json.dumps(data))

    assert read_network(network.path) == network


def test_what_is_there_is_left_alone(network: Network) -> None:
    with pytest.raises(BadNetwork, match="not empty"):
        found(network.path, 4, 7)
    assert read_network(network.path) == network


def test_an_empty_folder_is_used(network_folder: Path) -> None:
    assert read_network(found(network_folder, 4, 7).path).path == network_folder


def test_a_path_too_long_for_sockets_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * LONGEST_SOCKET_PATH)

    with pytest.raises(BadNetwork, match="too long a path"):
        found(deep, 4, 7)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"format": 2}', "format 2"),
        ('{"format": 1, "chain_id": 1}', "members"),
        ('{"format": 1, "chain_id": 1, "members": [{"name": "a"}]}', "cannot be read"),
    ],
)
def test_a_file_that_is_no_networks_is_named(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "network.json").write_text(content)

    with pytest.raises(BadNetwork, match=says) as refused:
        read_network(tmp_path)
    assert "network.json" in str(refused.value)


def test_a_name_that_leaves_the_folder_is_refused(network: Network) -> None:
    file = network.path / "network.json"
    file.write_text(file.read_text().replace("member-1", "../../elsewhere"))

    with pytest.raises(BadNetwork, match="is no member's name"):
        read_network(network.path)
