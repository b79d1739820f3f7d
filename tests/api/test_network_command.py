"""`counterfoil network` where no node runs: what is made, what is said, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from api.cli import main
from api.network_table import status_table
from chain.network.layout import read_network
from chain.network.sealing import Seals
from chain.network.status import NetworkStatus, NodeStatus


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process; keywords are variables of the environment."""

    def run(*arguments: str | Path, **environment: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["counterfoil", "network", *map(str, arguments)])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def folder(run: Run, network_folder: Path) -> Path:
    done = run("init", "--dir", network_folder / "n", "--chain-id", "7")
    assert done.returncode == 0, done.stderr
    return network_folder / "n"


def test_init_says_who_the_members_are_and_starts_nothing(run: Run, network_folder: Path) -> None:
    done = run("init", "--dir", network_folder / "n", "--members", "5")

    network = read_network(network_folder / "n")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{network_folder / 'n'}: chain 2026"
    assert lines[1:] == [f"{one.name}  {one.address}  {one.url}" for one in network.members]
    assert len(network.members) == 5
    assert not list(network_folder.rglob("process.json"))


def test_the_status_of_a_network_that_is_down_is_a_failure(run: Run, folder: Path, tmp_path: Path) -> None:
    shown = run("status", "--dir", folder, "--once")
    written = run("status", "--dir", folder, "--json", tmp_path / "s.json")

    assert (shown.returncode, written.returncode) == (1, 1)
    assert "No node answers." in shown.stdout
    seen = json.loads((tmp_path / "s.json").read_text())
    assert [node["state"] for node in seen["nodes"]] == ["down"] * 4
    assert (seen["height"], seen["well"]) == (None, False)


def test_members_on_other_machines_are_not_asked_and_not_started_here(
    run: Run, network_folder: Path, tmp_path: Path
) -> None:
    hosts = [word for number in range(1, 6) for word in ("--host", f"10.1.0.{number}")]
    done = run("init", "--dir", network_folder / "n", *hosts)
    assert done.returncode == 0, done.stderr
    network = read_network(network_folder / "n")
    for elsewhere in network.members[1:]:
        (network.folder(elsewhere) / "nodekey").unlink()

    run("status", "--dir", network_folder / "n", "--json", tmp_path / "s.json")
    stopped = run("stop", "--dir", network_folder / "n")

    seen = json.loads((tmp_path / "s.json").read_text())
    assert [node["state"] for node in seen["nodes"]] == ["down"] + ["elsewhere"] * 4
    assert stopped.returncode == 0
    assert [member.host for member in network.members] == hosts[1::2]


def test_who_signed_the_head_elsewhere_counts_as_up() -> None:
    names = [f"0x{number}" for number in range(4)]
    seals = Seals(0, names[0], tuple(names[:3]))

    def node(name: str, **changed: object) -> NodeStatus:
        nothing = dict.fromkeys(
            ("pid", "height", "hash", "timestamp", "lag", "peers", "seals", "validators"), None
        )
        return NodeStatus(**{**nothing, "name": name, "address": name, "url": "", "asked": False, **changed})  # type: ignore[arg-type]

    here = node(names[0], asked=True, height=5, seals=seals, validators=tuple(names))
    seen = NetworkStatus(7, (here, *map(node, names[1:])), tuple(names), None)

    assert (seen.validators_up, seen.can_finalise) == (3, True)


def test_the_folder_may_be_named_in_the_environment(run: Run, folder: Path) -> None:
    done = run("status", "--json", "-", COUNTERFOIL_NETWORK=str(folder))

    assert json.loads(done.stdout)["chain_id"] == 7


def test_a_member_is_added_and_found_next_time(run: Run, folder: Path) -> None:
    assert run("add-member", "--dir", folder).stdout.startswith("member-5  0x")
    assert run("add-member", "guest", "--dir", folder).stdout.startswith("guest  0x")

    assert [member.name for member in read_network(folder).members][4:] == ["member-5", "guest"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("init", "--members", "3"), "3 members: a network that bears the loss of one needs 4 to 100"),
        (("init", "--chain-id", "0"), "chain id 0"),
        (("up", "member-9"), "there is no member member-9: there are member-1, member-2, member-3, member-4"),
        (("kill", "member-9"), "there is no member member-9"),
        (("add-member", "../x"), "is no member's name"),
        (("add-member", "member-1"), "there is a member member-1 already"),
        (("vote", "add", "member-9"), "there is no member member-9"),
        (("vote", "remove", "member-1"), "nobody votes: no validator's node runs here"),
        (("vote", "add", "0x" + 40 * "1", "--by", "member-1"), "no node answers at http://127.0.0.1:"),
        (("remove-member", "member-1"), "no other member's node runs here, to ask whether member-1"),
        (("docker", "--subnet", "10.0.0.0/29"), "too small"),
        (("docker", "--subnet", "10.0.0.1/24"), "host bits set"),
    ],
)
def test_bad_input_ends_in_a_sentence(run: Run, folder: Path, arguments: tuple[str, ...], says: str) -> None:
    target = folder.with_name("new") if arguments[0] == "init" else folder

    done = run(*arguments, "--dir", target)

    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_networks_is_named(run: Run, tmp_path: Path) -> None:
    done = run("status", "--dir", tmp_path, "--once")

    assert done.returncode == 2
    assert f"{tmp_path} is no network" in done.stderr


def test_a_node_that_cannot_be_built_says_what_is_missing(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("up", "--dir", folder, COUNTERFOIL_KCN=str(tmp_path / "nothing"))

    assert done.returncode == 2
    assert "COUNTERFOIL_KCN names" in done.stderr


def test_help_needs_nothing_of_what_runs_nodes() -> None:
    loads = "import sys, api.cli; print({'web3', 'psutil', 'coincurve', 'eth_utils'} & set(sys.modules))"

    said = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "set()"


ADDRESSES = [f"0x{number:040x}" for number in range(1, 5)]


def node(at: int, height: int | None = 8, round_number: int = 0) -> NodeStatus:
    seals = Seals(round_number, ADDRESSES[0], tuple(ADDRESSES[:3]))
    up = height is not None
    return NodeStatus(
        name=f"member-{at + 1}",
        address=ADDRESSES[at],
        url="http://127.0.0.1:1",
        pid=at + 1 if up else None,
        height=height,
        hash="0x" + 64 * "a" if up else None,
        timestamp=1_700_000_000 if up else None,
        lag=8 - height if height is not None else None,
        peers=3 if up else None,
        seals=seals if up else None,
        validators=tuple(ADDRESSES) if up else None,
    )


WELL = NetworkStatus(7, tuple(node(at) for at in range(4)), tuple(ADDRESSES), agree=True)


def shown(seen: NetworkStatus) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(status_table(seen))
    return captured.get()


def test_the_table_says_who_made_and_signed_the_head() -> None:
    text = shown(WELL)

    assert WELL.is_well
    assert "signed by member-1, member-2, member-3: 3 of 4 validators" in text
    assert "4 validators answer, 3 are needed" in text
    assert "no blocks" not in text


def test_the_table_says_when_there_can_be_no_blocks() -> None:
    halted = replace(WELL, nodes=(node(0), node(1, height=5), node(2, None), node(3, None)))

    assert not halted.is_well
    assert (halted.height, halted.validators_up) == (8, 2)
    assert "2 validators answer, 3 are needed: no blocks" in shown(halted)


def test_the_table_says_when_nodes_have_different_blocks() -> None:
    forked = replace(WELL, agree=False)

    assert not forked.is_well
    assert "different blocks at the same height" in shown(forked)
