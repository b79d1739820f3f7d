"""Gas of what the ledger does most, measured in real transactions on the embedded engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from eth_utils.crypto import keccak

from api.story.cast import CNY, Cast, Player, admit, found_ledger
from chain import events
from chain.engines import embedded, now
from chain.ledger import OpenLedger, only
from chain.rules.state import Acceptance, IssueTerms, Leg, Statement, receivable_of, start_of
from chain.sending import Sent

DAY = 24 * 3600
LEGS = 100
LEAVES = 1_000
FACE = 10_000_000

PEERS = {"ERC-3525 split to a new owner": 229_884, "EAS attestation, one of a hundred": 166_244}
"""Gas of the nearest reference implementations (solv-finance/erc-3525, EAS 1.4.0), measured on anvil with
solc 0.8.37, optimizer 200 runs, in a run of its own."""

GOALS: Mapping[str, int] = MappingProxyType(
    {
        "split": 70_000,
        "transfer": 45_000,
        "offer_accept": 85_000,
        "batch_leg": 33_000,
        "redeem": 9_000,
        "anchored_leaf": 60,
    }
)
"""What each is to stay under."""


@dataclass(frozen=True, slots=True)
class GasReport:
    """Gas used, intrinsic gas and calldata included.

    `split` cuts one piece and offers it; `transfer` is the holder's transaction that passes a whole voucher
    on (the offer), `offer_accept` that and the receiver's acceptance, `signed_transfer` both in one that
    carries the receiver's signature; `batch_leg` is one of a hundred legs; `redeem` is one of a hundred
    vouchers of a holder after a payment in full, `redeem_part` after a part payment; `attest` is a statement,
    `anchored_leaf` one of a thousand statements in a batch.
    """

    split: int
    transfer: int
    offer_accept: int
    signed_transfer: int
    batch_leg: int
    redeem: int
    redeem_part: int
    attest: int
    anchored_leaf: float


def bench_gas() -> GasReport:
    """Measures on a fresh ledger; the figures are the same on every engine but for calldata's zero bytes."""
    engine = embedded()
    ledger, _, governors = found_ledger(engine)
    cast, _ = admit(ledger, governors)
    tier1, tier2, tier3 = (cast[part] for part in ("tier1", "tier2", "tier3"))
    receivables, tax = ledger.receivables, cast["tax"]

    statement = Statement(_hash("single"), cast.schemas.trade, _hash("subject"), 3, 0)
    attested = ledger.attestations.attest(tax.signer, statement)
    anchored = ledger.attestations.anchor(
        tax.signer, _hash("root"), cast.schemas.trade, LEAVES, 0, _hash("manifest")
    )

    voucher = confirmed(ledger, cast, "first")
    split = receivables.split(tier1.signer, voucher, 0, [Leg(tier2.number, 1_000_000, _hash("hop"))])
    child = only(split, events.Split).child
    receivables.accept(tier2.signer, child, 0)
    offered = receivables.offer(tier2.signer, child, 1, tier3.number, _hash("next hop"))
    accepted = receivables.accept(tier3.signer, child, 2)
    moved = transfer(ledger, child, tier3, tier2, _hash("hop by signature"))

    legs = [Leg(tier2.number, 1_000 + leg, _hash(f"leg {leg}")) for leg in range(LEGS)]
    batch = receivables.split(tier1.signer, confirmed(ledger, cast, "batched"), 0, legs)
    return GasReport(
        split=split.gas_used,
        transfer=offered.gas_used,
        offer_accept=offered.gas_used + accepted.gas_used,
        signed_transfer=moved.gas_used,
        batch_leg=batch.gas_used // LEGS,
        redeem=_redeemed(ledger, cast, "in full", legs, FACE).gas_used // LEGS,
        redeem_part=_redeemed(ledger, cast, "in part", legs, FACE // 3).gas_used // LEGS,
        attest=attested.gas_used,
        anchored_leaf=anchored.gas_used / LEAVES,
    )


def confirmed(ledger: OpenLedger, cast: Cast, name: str) -> int:
    """The first voucher of a receivable of its own."""
    tier1, anchor, tax = cast["tier1"], cast["anchor"], cast["tax"]
    evidence, nullifier = _hash(f"{name} evidence"), _hash(f"{name} invoice")
    statement = Statement(evidence, cast.schemas.trade, _hash(name), 3, 0)
    ledger.attestations.attest(tax.signer, statement)
    ledger.invoices.register(tax.signer, nullifier, tier1.number, CNY, FACE)
    terms = IssueTerms(
        debtor=anchor.number,
        creditor=tier1.number,
        face=FACE,
        currency=CNY,
        delivered_at=now(ledger.engine) - DAY,
        due_at=now(ledger.engine) + 90 * DAY,
        interest_share=0,
        waives_defences=True,
        evidence=evidence,
        invoice=nullifier,
    )
    number = only(ledger.issuance.propose(tier1.signer, terms), events.Proposed).receivable
    return only(ledger.issuance.confirm(anchor.signer, number), events.Confirmed).voucher


def transfer(ledger: OpenLedger, voucher: int, giver: Player, taker: Player, evidence: bytes) -> Sent:
    """Passes a whole voucher on in one transaction, with the receiver's signature."""
    receivables = ledger.receivables
    held, until = receivables.voucher(voucher), now(ledger.engine) + DAY
    acceptance = Acceptance(voucher, held.version, giver.number, taker.number, held.length, evidence, until)
    return receivables.transfer(
        giver.signer,
        voucher=voucher,
        expected=held.version,
        to=taker.number,
        evidence=evidence,
        valid_until=until,
        signature=receivables.sign_acceptance(taker.signer, acceptance),
    )


def _redeemed(ledger: OpenLedger, cast: Cast, name: str, legs: Sequence[Leg], paid: int) -> Sent:
    """A holder redeems a page of its vouchers after a payment."""
    tier1, settlement, receivables = cast["tier1"], cast["settlement"], ledger.receivables
    voucher = confirmed(ledger, cast, name)
    kept = [replace(leg, to=tier1.number, evidence=bytes(32)) for leg in legs]
    cut = receivables.split(tier1.signer, voucher, 0, kept)
    starts = [start_of(each.event.child) for each in cut.events if isinstance(each.event, events.Split)]
    receivables.record_payment(settlement.signer, receivable_of(voucher), paid, _hash(name))
    return receivables.redeem(tier1.signer, receivable_of(voucher), starts)


def _hash(text: str) -> bytes:
    return keccak(text=f"counterfoil/bench/{text}")
