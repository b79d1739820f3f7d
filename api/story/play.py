"""The whole story, act by act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from api.story.applying import real_application, sample_application
from api.story.auditing import Audited, audit
from api.story.batch import issue_batch
from api.story.cast import LIMIT, admit, found_ledger
from api.story.examining import Findings, examine, parties_of, playable, tell_findings
from api.story.financing import Financed, finance
from api.story.holding import freeze_and_release, try_to_dispute
from api.story.issuing import (
    Issued,
    attest_logistics,
    attest_trade,
    issue,
    money,
    nullifier_key,
    try_beyond_the_limit,
)
from api.story.lending import pledge_and_repay
from api.story.papers import TradePapers, day, sample_trade
from api.story.passing import Passed, pass_down
from api.story.policies import tell_policies
from api.story.recourse import sell_with_recourse
from api.story.red_letter import credit_the_invoice
from api.story.scoring import ScoreResult, approve_model, score
from api.story.settling import Settled, settle
from api.story.stage import Refusal, Scene, Stage, Tell
from chain.deployment import Manifest
from chain.engines import Engine, now
from chain.lineage import Lineage, read_lineage
from chain.progress import Progress

Doing = Callable[[str], None]

VAT = Decimal("0.13")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for; None means our own samples."""

    documents: Path | None = None
    ledger: Path | None = None
    firm: str = "E7"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything the story came to; `tree` is the voucher tree before settlement."""

    manifest: Manifest
    engine: str
    scenes: tuple[Scene, ...]
    refusals: tuple[Refusal, ...]
    findings: Findings | None
    issued: Issued
    batch: tuple[Issued, ...]
    passed: Passed
    tree: Lineage
    names: dict[int, str]
    score: ScoreResult
    financed: Financed
    settled: Settled
    audited: Audited
    seconds: float


def play(
    engine: Engine, options: Options, tell: Tell, doing: Doing, progress: Progress | None = None
) -> Outcome:
    """Plays the story on an engine.

    Args:
        engine: a development node, for the story has to reach the due date and to tamper with storage.
        options: documents and ledgers of the user's own.
        tell: told of every scene and refusal as it happens.
        doing: told what takes a moment, before it does.
        progress: told of the replay's steps.

    Raises:
        BadDocument: a document or ledger of the user's cannot be read; nothing was written.
        NoLabels: the ledger folder has no outcomes to train on.
        StoryBroken: the product is at fault.
    """
    started = perf_counter()
    with TemporaryDirectory(prefix="counterfoil-") as scratch:
        folder = Path(scratch)
        # All that can be wrong with the user's files is found before anything is deployed.
        examined = examine(options.documents) if options.documents else None
        doing("training the scorecard")
        application = (
            real_application(options.ledger, options.firm)
            if options.ledger
            else sample_application(folder / "population", "海宁明诚五金示例厂")
        )
        own = examined[0] if examined and playable(examined[0], now(engine)) else None

        doing("deploying the ledger")
        ledger, manifest, governors = found_ledger(engine)
        limit = max(LIMIT, 2 * own.minor) if own else LIMIT
        cast, _ = admit(ledger, governors, parties_of(own) if own else None, limit)
        stage = Stage(engine, ledger, cast, folder, tell)

        stage.act = "Rules and admission (参数与准入)"
        tell_policies(stage)
        admitted = ", ".join(f"{player.number} {player.label}" for player in cast.players.values())
        stage.scene("Governors (2 of 3)", f"admitted {admitted}; the anchor may owe {money(limit)}")

        if examined:
            stage.act = f"Documents of {examined[1].folder}"
            tell_findings(stage, *examined)

        stage.act = "Evidence and confirmation (确权)"
        first, second, third = _trades(stage, own)
        attest_logistics(stage, first)
        attest_trade(stage, first)
        key = nullifier_key()
        issued = issue(stage, first, key)
        beyond = try_beyond_the_limit(stage, first)

        stage.act = "A batch (批量开立)"
        batch = issue_batch(stage, _deliveries(stage), issued.due_at, key)

        stage.act = "Down the chain (拆分与转让)"
        passed = pass_down(stage, issued, second, third)
        freeze_and_release(stage, passed.tier2)
        try_to_dispute(stage, issued)
        tree = read_lineage(ledger, issued.receivable)

        stage.act = "Private score (联合计算)"
        doing("making the bank's key, encrypting and proving its model")
        model, publish_ms = approve_model(stage, application.scorecard)
        joint, result = score(stage, application.scorecard, application.applicant, model, publish_ms)

        stage.act = "Financing (融资)"
        financed = finance(stage, issued, passed, third, joint, application.scorecard, application.applicant)

        stage.act = "Pledge, recourse, red letters (质押、追索、红冲)"
        pledge_and_repay(stage, batch[0])
        sell_with_recourse(stage, batch[1])
        credit_the_invoice(stage, batch[2])

        stage.act = "Settlement (清分)"
        settled = settle(stage, issued, batch, first, beyond)

        stage.act = "Replay (审计)"
        audited = audit(stage, passed.tier2, progress)
    return Outcome(
        manifest=manifest,
        engine=engine.name,
        scenes=tuple(stage.scenes),
        refusals=tuple(stage.refusals),
        findings=examined[1] if examined else None,
        issued=issued,
        batch=batch,
        passed=passed,
        tree=tree,
        names={player.number: str(player) for player in cast.players.values()},
        score=replace(result, decision=financed.decision),
        financed=financed,
        settled=settled,
        audited=audited,
        seconds=perf_counter() - started,
    )


def _trades(stage: Stage, own: TradePapers | None) -> tuple[TradePapers, TradePapers, TradePapers]:
    """The trades of the three hops: tier 2 sells for 40 % of what tier 1 does, tier 3 for 15 %."""
    today = day(stage.now())
    party = {part: player.party for part, player in stage.cast.players.items()}

    def trade(number: str, buyer: str, seller: str, quantity: int, price: Decimal) -> TradePapers:
        folder = stage.folder / number
        return sample_trade(
            folder, number, party[buyer], party[seller], party["carrier"], today, quantity, price
        )

    first = own or trade("2026-0001", "anchor", "tier1", 2_000, Decimal(500))
    net = Decimal(first.minor).scaleb(-2) / (1 + VAT)
    second = trade("2026-0002", "tier1", "tier2", 10, (net * Decimal("0.04")).quantize(CENT))
    third = trade("2026-0003", "tier2", "tier3", 10, (net * Decimal("0.015")).quantize(CENT))
    return first, second, third


def _deliveries(stage: Stage) -> list[TradePapers]:
    """Three more deliveries of tier 1 to the anchor, of different size."""
    today = day(stage.now())
    party = {part: player.party for part, player in stage.cast.players.items()}
    return [
        sample_trade(
            stage.folder / number,
            number,
            party["anchor"],
            party["tier1"],
            party["carrier"],
            today,
            quantity,
            Decimal(100),
        )
        for number, quantity in (("2026-0011", 400), ("2026-0012", 300), ("2026-0013", 200))
    ]
