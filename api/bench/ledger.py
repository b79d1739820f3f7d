"""A large ledger, made for measuring: receivables split a hundred ways, passed on, paid and redeemed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from eth_utils.crypto import keccak

from api.story.cast import Cast, admit, found_ledger
from chain import events
from chain.bundle import export_bundle
from chain.deployment import Manifest
from chain.engines import Engine, now
from chain.ledger import OpenLedger, only
from chain.progress import Progress
from chain.rules.state import Leg
from chain.sending import Sent

DAY = 24 * 3600
CNY = 156
FACE = 10_000_000
LEGS = 100
PASSED_ON = 12

Made = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What was made and exported; `bundle_bytes` is the file's size."""

    manifest: Manifest
    events: int
    transactions: int
    seconds: float
    export_seconds: float
    bundle_bytes: int


@dataclass(frozen=True, slots=True)
class MadeLedger:
    """A ledger that was made: where it is, what is in it, how long it took."""

    manifest: Manifest
    events: int
    transactions: int
    seconds: float


def bench_ledger(engine: Engine, wanted: int, bundle: Path, made: Made, progress: Progress) -> LedgerReport:
    """Makes a ledger of at least `wanted` events on a development node and exports its bundle."""
    ledger = make_ledger(engine, wanted, made)
    exporting = perf_counter()
    export_bundle(engine, ledger.manifest, bundle, progress)
    return LedgerReport(
        manifest=ledger.manifest,
        events=ledger.events,
        transactions=ledger.transactions,
        seconds=ledger.seconds,
        export_seconds=round(perf_counter() - exporting, 2),
        bundle_bytes=bundle.stat().st_size,
    )


def make_ledger(engine: Engine, wanted: int, made: Made) -> MadeLedger:
    """Makes a ledger of at least `wanted` events on a development node."""
    started = perf_counter()
    ledger, manifest, governors = found_ledger(engine)
    cast, _ = admit(ledger, governors)
    count = transactions = 0
    number = 0
    while count < wanted:
        number += 1
        for sent in _receivable(ledger, cast, number):
            count += len(sent.events)
            transactions += 1
        made(count)
    return MadeLedger(manifest, count, transactions, round(perf_counter() - started, 2))


def _receivable(ledger: OpenLedger, cast: Cast, number: int) -> list[Sent]:
    """The life of one receivable: proposed, confirmed, split, passed on, paid in two parts, redeemed."""
    tier1, tier2, anchor, tax = (cast[part] for part in ("tier1", "tier2", "anchor", "tax"))
    settlement, receivables = cast["settlement"], ledger.receivables
    evidence, invoice = _hash(number, "evidence"), _hash(number, "invoice")
    done = [
        ledger.attestations.attest(tax.signer, evidence, cast.schemas.trade, _hash(number, "subject"), 3, 0),
        receivables.register_invoice(tax.signer, invoice, tier1.number, CNY, FACE),
    ]
    proposed = receivables.propose(
        tier1.signer,
        debtor=anchor.number,
        creditor=tier1.number,
        face=FACE,
        currency=CNY,
        due_at=now(ledger.engine) + 300 * DAY,
        evidence=evidence,
        invoice=invoice,
    )
    own = only(proposed, events.Proposed).receivable
    confirmed = receivables.confirm(anchor.signer, own)
    voucher = only(confirmed, events.Confirmed).voucher
    legs = [Leg(tier2.number, 10_000 + 7 * leg, _hash(number, f"hop {leg}")) for leg in range(LEGS)]
    split = receivables.split(tier1.signer, voucher, 0, legs)
    children = [logged.event.child for logged in split.events if isinstance(logged.event, events.Split)]
    done += [proposed, confirmed, split]
    done += [receivables.accept(tier2.signer, child, 0) for child in children[:PASSED_ON]]
    every = range(1, LEGS + 2)
    for part in (FACE // 3, FACE - FACE // 3):
        reference = _hash(number, f"payment of {part}")
        done.append(receivables.record_payment(settlement.signer, own, part, reference))
        done.append(receivables.redeem(settlement.signer, own, every))
    return done


def _hash(number: int, text: str) -> bytes:
    return keccak(text=f"counterfoil/bench/{number}/{text}")
