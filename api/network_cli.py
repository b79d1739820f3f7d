"""The commands `counterfoil network`: a consortium of several validators on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from chain.network.layout import Member, Network

app = typer.Typer(
    help="A consortium of validators on this machine: found it, run it, watch it; members join and leave.",
    no_args_is_help=True,
)
console = Console()

UNWELL = 1

Dir = Annotated[Path, typer.Option("--dir", envvar="COUNTERFOIL_NETWORK", help="The network's folder.")]
Nodes = Annotated[list[str] | None, typer.Argument(help="Members' names; all of this machine, if none.")]
Node = Annotated[str, typer.Argument(help="A member's name, as in `network status`.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for it; 0 returns at once.")]
HERE = Path(".network")
LOOPBACK = "127.0.0.1"


class Vote(StrEnum):
    """What members vote on."""

    ADD = "add"
    REMOVE = "remove"


class Engine(StrEnum):
    """Whose node validates in containers."""

    KAIA = "kaia"
    BESU = "besu"


@app.command()
def build() -> None:
    """Build the node's program, if it has not been built from the pinned source yet."""
    from chain.network.building import node_program

    with console.status("building the node: minutes the first time …"):
        program = node_program()
    _say(str(program))


@app.command()
def init(
    directory: Dir = HERE,
    members: Annotated[
        int | None, typer.Option(help="How many members, from 4; as many as hosts, or 4.")
    ] = None,
    chain_id: Annotated[int, typer.Option(help="Chain id, signed by every transaction.")] = 2026,
    host: Annotated[
        list[str] | None,
        typer.Option(help="IPv4 address of each member's machine, in order; loopback, if none is given."),
    ] = None,
    rpc_host: Annotated[
        list[str] | None,
        typer.Option(help="Where each member's JSON-RPC answers; its own machine only, if none is given."),
    ] = None,
) -> None:
    """Make a network's folder: each member's key and ports, the first block. Nothing runs yet."""
    from chain.network.founding import FEWEST, found

    count = members if members is not None else len(host) if host else FEWEST
    network = found(directory, count, chain_id, host or (), rpc_host or ())
    _say(f"{network.path}: chain {chain_id}")
    for member in network.members:
        _say(f"{member.name}  {member.address}  {member.url}")


@app.command()
def up(nodes: Nodes = None, directory: Dir = HERE, wait: Wait = 120) -> None:
    """Start nodes, and wait until they have the next block that the network finalises."""
    from chain.network.layout import read_network
    from chain.network.running import alone

    network = read_network(directory)
    with alone(network):
        _start(network, _chosen(network, nodes), wait)


@app.command()
def stop(nodes: Nodes = None, directory: Dir = HERE) -> None:
    """End nodes in good order."""
    from chain.network.layout import read_network
    from chain.network.running import alone
    from chain.network.running import stop as end

    network = read_network(directory)
    with alone(network), console.status("stopping …"):
        ended = end(network, _chosen(network, nodes))
    _say_names("stopped", ended)


@app.command()
def kill(nodes: Annotated[list[str], typer.Argument(help="Members' names.")], directory: Dir = HERE) -> None:
    """End nodes at once, as a power cut would."""
    from chain.network.layout import read_network
    from chain.network.running import alone
    from chain.network.running import kill as end

    network = read_network(directory)
    with alone(network):
        _say_names("killed", end(network, _chosen(network, nodes)))


@app.command()
def restart(nodes: Nodes = None, directory: Dir = HERE, wait: Wait = 120) -> None:
    """Stop nodes one after the other and start each again, so that the network goes on meanwhile."""
    from chain.network.layout import read_network
    from chain.network.running import alone
    from chain.network.running import stop as end

    network = read_network(directory)
    with alone(network):
        for member in _chosen(network, nodes):
            end(network, [member])
            _start(network, [member], wait)


@app.command()
def resync(node: Node, directory: Dir = HERE, wait: Wait = 120) -> None:
    """Delete a stopped node's chain, never its key, and let it fetch the chain again from the others."""
    from chain.network.layout import read_network
    from chain.network.running import alone, forget_chain

    network = read_network(directory)
    member = network.member(node)
    with alone(network):
        forget_chain(network, member)
        _start(network, [member], wait)


@app.command()
def status(
    directory: Dir = HERE,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    json: Annotated[
        Path | None,
        typer.Option("--json", help="Look once, write it as data to this file (- to print it)."),
    ] = None,
) -> None:
    """Show every node: height, lag, peers, and who made and signed the head.

    With --once or --json the exit status is 1 if the network cannot finalise blocks or its nodes disagree.
    """
    from api.network_table import status_data, status_table, watch
    from chain.network.layout import read_network
    from chain.network.status import network_status

    network = read_network(directory)
    if not once and json is None and console.is_terminal:
        watch(console, network)
        return
    seen = network_status(network)
    if json is None:
        console.print(status_table(seen))
    elif str(json) == "-":
        typer.echo(status_data(seen))
    else:
        json.write_text(status_data(seen) + "\n", encoding="utf-8")
    if not seen.is_well:
        raise typer.Exit(UNWELL)


@app.command("add-member")
def add(
    name: Annotated[str | None, typer.Argument(help="Its name; the next number, if none is given.")] = None,
    directory: Dir = HERE,
    host: Annotated[str, typer.Option(help="IPv4 address of its machine.")] = LOOPBACK,
    rpc_host: Annotated[str, typer.Option(help="Where its JSON-RPC answers.")] = LOOPBACK,
) -> None:
    """Make a new member's folder, with a key of its own. The others let its node in once it is voted in."""
    from chain.network.founding import add_member, next_name
    from chain.network.layout import read_network
    from chain.network.running import alone

    network = read_network(directory)
    with alone(network):
        _, member = add_member(network, name or next_name(network), host, rpc_host)
    _say(f"{member.name}  {member.address}  {member.url}")


@app.command("remove-member")
def remove(node: Node, directory: Dir = HERE) -> None:
    """Take a stopped member that is no validator off the list. Its folder, with its key, stays."""
    from chain.network.founding import drop_member
    from chain.network.layout import read_network
    from chain.network.running import alone
    from chain.network.voting import check_no_validator

    network = read_network(directory)
    member = network.member(node)
    with alone(network):
        check_no_validator(network, member)
        drop_member(network, member)
    _say(f"{member.name} is off the list; its folder is still {network.folder(member)}")


@app.command()
def vote(
    change: Annotated[Vote, typer.Argument(help="Let it validate, or no longer.")],
    whom: Annotated[str, typer.Argument(help="A member's name, or a validator's address.")],
    by: Annotated[
        list[str] | None,
        typer.Option(help="A member that votes; as many as are needed, if none is given."),
    ] = None,
    carried: Annotated[
        bool, typer.Option("--until-carried", help="Wait for the change, with votes cast elsewhere as well.")
    ] = False,
    directory: Dir = HERE,
    wait: Wait = 120,
) -> None:
    """Cast members' votes, each by its own node. More than half of the validators change the set."""
    from chain.network.layout import read_network
    from chain.network.voting import (
        Change,
        address_voted_on,
        cast,
        enough_voters,
        majority,
        wait_until_carried,
    )

    network = read_network(directory)
    wanted, address = Change(change), address_voted_on(network, whom)
    voters = [network.member(name) for name in by] if by else enough_voters(network, address)
    needed = majority(cast(network, wanted, address, voters))
    _say_names("voted", voters)
    if len(voters) < needed:
        _say(f"{len(voters)} votes were cast; {needed} are needed")
    if (carried or len(voters) >= needed) and wait:
        with console.status("waiting until the votes stand in blocks …"):
            height = wait_until_carried(voters[0], wanted, address, wait)
        validates = "validates" if wanted is Change.ADD else "no longer validates"
        _say(f"{address} {validates}, seen at block {height}")


@app.command()
def docker(
    engine: Annotated[Engine, typer.Option(help="Whose node validates in the containers.")] = Engine.KAIA,
    subnet: Annotated[str, typer.Option(help="The network between the validators.")] = "172.28.0.0/24",
    directory: Dir = HERE,
) -> None:
    """Write what the compose files of docker/ need of each member into its folder."""
    from ipaddress import IPv4Network

    from chain.network.containers import Engine as Kind
    from chain.network.containers import write_container_settings
    from chain.network.layout import read_network
    from chain.network.running import alone

    try:
        between = IPv4Network(subnet)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--subnet") from error
    network = read_network(directory)
    with alone(network):
        files = write_container_settings(network, Kind(engine), between)
    _say(f"docker network create --subnet {subnet} counterfoil-{network.chain_id}")
    for file in files:
        _say(f"docker compose --env-file {file} --file docker/compose.{engine}.yaml up --detach --build")


def _chosen(network: Network, names: Sequence[str] | None) -> list[Member]:
    return [network.member(name) for name in names] if names else list(network.own)


def _start(network: Network, members: Sequence[Member], wait: float) -> None:
    from chain.network.building import node_program
    from chain.network.running import start
    from chain.network.status import network_status
    from chain.network.waiting import wait_for_answers, wait_for_height

    with console.status("building the node: minutes the first time …"):
        program = node_program()
    with console.status("starting …") as doing:
        started = [member for member in members if start(network, member, program)]
        outside: list[Member] = []
        if wait:
            wait_for_answers(network, members, wait)
            seen = network_status(network)
            validating = [member for member in members if member.address in seen.validators]
            if seen.can_finalise:
                doing.update("waiting for the next block: up to half a minute after a start …")
                wait_for_height(validating, seen.height + 1, wait)
            outside = [member for member in members if seen.validators and member not in validating]
    _say_names("started", started)
    for member in outside:
        _say(f"{member.name} does not validate: no validator's node lets it in before it is voted in")


def _say_names(what: str, members: Sequence[Member]) -> None:
    _say(f"{what}: {', '.join(member.name for member in members) or 'none'}")


def _say(line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
