"""The whole story of a consortium, act by act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from api.client import GatewayClient
from api.consortium.auditing import Audited, audit
from api.consortium.comparing import Compared, compare
from api.consortium.financing import Price, buy, lend_and_factor, piece_of
from api.consortium.founding import POLICIES, SHORT, THRESHOLD, Founded, deploy_ledger, govern
from api.consortium.gateways import running_gateways, start_gateway, wait_until_ready
from api.consortium.interruption import undisturbed
from api.consortium.issuing import Issued, attest, issue, issue_batch, propose_another, trade
from api.consortium.members import HOSTED, Keys, Player, make_keys, write_accounts
from api.consortium.network import running_network, wait_for_blocks
from api.consortium.passing import Passed, freeze_and_release, pass_down
from api.consortium.scoring import Scored, prepare, score
from api.consortium.settling import Settled, fall_due, mature, recover, settle
from api.consortium.stage import Stage
from api.story.cast import LIMIT
from api.story.issuing import money
from api.story.stage import Refusal, Scene, Tell
from chain.deployment import write_manifest
from chain.engines import connect
from chain.ledger import open_ledger
from chain.network.layout import Network, free_ports
from chain.progress import Progress

Doing = Callable[[str], None]

PLACE = "{member}"
"""Where a database's URL takes the member's name, with an underscore for its hyphen."""

LONG_TERM, LONG_WRITES = 60, 50
"""The receivable that is passed down the chain is due in so many seconds, or the time of so many writes."""

SHORT_TERM, SHORT_WRITES = 25, 20
"""Those that are sold with recourse and pledged, and fall overdue."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything the story came to; `times` are seconds by step, `pace` seconds a write at a gateway."""

    network: Network
    founded: Founded
    players: dict[str, Player]
    gateways: dict[str, str]
    databases: dict[str, str]
    scenes: tuple[Scene, ...]
    refusals: tuple[Refusal, ...]
    issued: tuple[Issued, ...]
    passed: Passed
    scored: Scored
    sold: str
    settled: Settled
    compared: Compared
    audited: Audited
    writes: int
    pace: float
    times: dict[str, float]


@dataclass(slots=True)
class _Clock:
    """What each step took."""

    began: float
    times: dict[str, float]

    def lap(self, step: str) -> None:
        """A step is over."""
        now = perf_counter()
        self.times[step] = round(now - self.began, 1)
        self.began = now


def play(
    tell: Tell,
    doing: Doing,
    database: str | None = None,
    bundle: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Builds the node, runs the consortium, plays the story, and ends everything it started.

    Args:
        tell: told of every scene and refusal as it happens.
        doing: told what takes a moment, before it does.
        database: `postgresql://…/NAME_{member}`, a database each for the members' gateways; SQLite without.
        bundle: where the audit bundle is kept; it goes with everything else if it is None.
        progress: told of the audit's steps.

    Raises:
        NetworkError: the node cannot be built, or the network does not run; the message says why.
        GatewayFailed: a gateway does not come up.
        StoryBroken: the product is at fault.
    """
    clock = _Clock(perf_counter(), {})
    with TemporaryDirectory(prefix="cf-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        doing("building the node, if it has not been built: minutes the first time")
        network = stack.enter_context(running_network(folder / "net"))
        clock.lap("build and start")
        doing("four validators are starting; members make their keys")
        with ThreadPoolExecutor(len(network.members)) as pool:
            members = list(pool.map(lambda member: make_keys(network, member), network.members))
        wait_for_blocks(network)
        clock.lap("first blocks")
        doing("deploying the ledger")
        manifest = deploy_ledger(members)
        write_manifest(manifest, folder / "ledger.json")
        clock.lap("deployment")
        doing("the members are voting")
        founded = govern(manifest, members)
        clock.lap("governance")
        preparer = stack.enter_context(ThreadPoolExecutor(1))
        preparing = preparer.submit(prepare, folder / "population", manifest, founded.numbers["bank"])
        doing("two members' gateways are starting")
        serving = [keys for keys in members if keys.member.name in HOSTED]
        databases = {keys.member.name: _database(keys, database) for keys in serving}
        urls, players = stack.enter_context(_serving(serving, founded, folder / "ledger.json", databases))
        clients = {
            part: stack.enter_context(
                GatewayClient(urls[player.member], player.token, name=f"the gateway of {player.member}")
            )
            for part, player in players.items()
        }
        clock.lap("gateways")

        stage = Stage(players, clients, founded, folder, tell)
        stage.act = "Consortium: validators, governance, gateways"
        _tell_beginning(stage, network)

        stage.act = "Evidence and confirmation (确权)"
        trades = trade(stage)
        nullifiers = attest(stage, trades)
        pace = sum(stage.writes) / len(stage.writes)
        whole = issue(stage, trades, nullifiers, max(LONG_TERM, round(LONG_WRITES * pace)))
        clock.lap("evidence and confirmation")

        stage.act = "Down the chain, from gateway to gateway (拆分与转让)"
        passed = pass_down(stage, whole, trades)
        freeze_and_release(stage, passed.tier2)
        clock.lap("down the chain")

        stage.act = "Private score between two members (联合计算)"
        doing("waiting for the bank's key and its encrypted, proven model")
        prepared = preparing.result()
        nodes = {keys.member.name: open_ledger(connect(keys.member.url), manifest) for keys in serving}
        scored = score(stage, prepared, passed.tier3, trades, nodes)
        clock.lap("private score")

        stage.act = "Financing (融资、质押、追索)"
        offer = scored.offer
        sold = piece_of(stage, "tier3", passed.tier3, offer.financed)
        buy(stage, sold, Price(offer.financed, offer.proceeds, offer.interest, offer.fees))
        short = max(SHORT_TERM, round(SHORT_WRITES * pace))
        recourse, pledge = issue_batch(stage, trades, nullifiers, short)
        deals = lend_and_factor(stage, whole, recourse, pledge)
        clock.lap("financing")

        stage.act = "Maturity (到期、清分、兑付)"
        another = propose_another(stage, trades, nullifiers[-1], 10 * short)
        fall_due(stage, recourse, passed, another)
        recover(stage, recourse, deals)
        clock.lap("overdue and recourse")
        mature(stage, whole)
        clock.lap("waiting for maturity")
        issued = (whole, recourse, pledge)
        settled = settle(stage, issued)
        clock.lap("settlement")

        stage.act = "Two gateways, one ledger; audit (审计)"
        compared = compare(stage)
        clock.lap("comparison")
        path = bundle or folder / "ledger.gz"
        audited = audit(stage, network.members, path, compared.block, progress)
        clock.lap("audit")
        outcome = Outcome(
            network=network,
            founded=founded,
            players=players,
            gateways=urls,
            databases={member: url.partition(":")[0] for member, url in databases.items()},
            scenes=tuple(stage.scenes),
            refusals=tuple(stage.refusals),
            issued=issued,
            passed=passed,
            scored=scored,
            sold=sold,
            settled=settled,
            compared=compared,
            audited=audited,
            writes=len(stage.writes),
            pace=round(sum(stage.writes) / len(stage.writes), 2),
            times=clock.times,
        )
        doing("stopping gateways and validators")
    clock.lap("stopping")
    return outcome


def _database(keys: Keys, template: str | None) -> str:
    if template is None:
        return f"sqlite:///{keys.gateway / 'gateway.db'}"
    return template.replace(PLACE, keys.member.name.replace("-", "_"))


@contextmanager
def _serving(
    members: Sequence[Keys], founded: Founded, manifest: Path, databases: dict[str, str]
) -> Iterator[tuple[dict[str, str], dict[str, Player]]]:
    """Members' gateways while the context lasts: their URLs by member, and everybody who plays there."""
    players: dict[str, Player] = {}
    with running_gateways() as gateways:
        for keys, port in zip(members, free_ports(len(members)), strict=True):
            players |= write_accounts(keys, founded.numbers)
            with undisturbed():
                gateways.append(start_gateway(keys, manifest, databases[keys.member.name], port))
        for gateway in gateways:
            wait_until_ready(gateway)
        yield {gateway.member: gateway.url for gateway in gateways}, players


def _tell_beginning(stage: Stage, network: Network) -> None:
    names = ", ".join(member.name for member in network.members)
    stage.aside("Consortium", f"{len(network.members)} validators run, each with its member's key: {names}")
    periods = ", ".join(f"{each.name} {each.value} s" for each in SHORT.values())
    voted = ", ".join(stage.founded.approved_by)
    stage.aside(
        f"Governors ({THRESHOLD} of {len(network.members)})",
        f"decided proposal {stage.founded.proposal}, each vote from its member's own node ({voted}): "
        f"{len(POLICIES)} parameters with their citations, of these in seconds {periods}; "
        f"{len(stage.players)} participants admitted; the anchor may owe {money(LIMIT)}",
    )
    for member, parts in HOSTED.items():
        labels = ", ".join(f"{stage.number(part)} {stage[part].label}" for part in parts)
        stage.aside("Gateway", f"serves {labels}: own node, own database, own keystores", member)
