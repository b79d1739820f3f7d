"""Gas of what the ledger does most, measured in real transactions on the embedded engine."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from api.story.cast import Cast, admit, found_ledger
from chain import events
from chain.engines import embedded, now
from chain.ledger import OpenLedger, only
from chain.rules.state import Leg, number_of_voucher

DAY = 24 * 3600
LEGS = 100
LEAVES = 1_000
FACE = 10_000_000
CNY = 156

PEERS = {"ERC-3525 split to a new owner": 229_884, "EAS attestation, one of a hundred": 166_244}
"""Gas of the nearest reference implementations (solv-finance/erc-3525, EAS 1.4.0), measured on anvil with
solc 0.8.37, optimizer 200 runs, in a run of its own."""


@dataclass(frozen=True, slots=True)
class GasReport:
    """Gas used, intrinsic gas and calldata included.

    `split` cuts one piece and offers it; `offer` and `accept` pass a whole voucher; `batch_leg` is one of a
    hundred legs; `redeem` is one of a hundred vouchers after a payment in full, `redeem_part` after a part
    payment; `anchored_leaf` is one of a thousand statements in a batch.
    """

    split: int
    offer: int
    accept: int
    batch_leg: int
    redeem: int
    redeem_part: int
    attest: int
    anchored_leaf: float

    @property
    def offer_accept(self) -> int:
        """A whole voucher offered and accepted: two transactions."""
        return self.offer + self.accept


def bench_gas() -> GasReport:
    """Measures on a fresh ledger; the figures are the same on every engine but for calldata's zero bytes."""
    engine = embedded()
    ledger, _, governors = found_ledger(engine)
    cast, _ = admit(ledger, governors)
    tier1, tier2, tier3 = (cast[part] for part in ("tier1", "tier2", "tier3"))
    settlement, tax = cast["settlement"], cast["tax"]
    receivables = ledger.receivables

    attested = ledger.attestations.attest(
        tax.signer, _hash("single"), cast.schemas.trade, _hash("subject"), 3, 0
    )
    anchored = ledger.attestations.anchor(
        tax.signer, _hash("root"), cast.schemas.trade, LEAVES, 0, _hash("manifest")
    )

    voucher = _confirmed(ledger, cast, "first")
    split = receivables.split(tier1.signer, voucher, 0, [Leg(tier2.number, 1_000_000, _hash("hop"))])
    child = only(split, events.Split).child
    receivables.accept(tier2.signer, child, 0)
    offered = receivables.offer(tier2.signer, child, 1, tier3.number, _hash("next hop"))
    accepted = receivables.accept(tier3.signer, child, 2)

    legs = [Leg(tier2.number, 1_000 + leg, _hash(f"leg {leg}")) for leg in range(LEGS)]
    batched = _confirmed(ledger, cast, "batched")
    batch = receivables.split(tier1.signer, batched, 0, legs)
    whole = [number_of_voucher(e.event.child) for e in batch.events if isinstance(e.event, events.Split)]
    receivable = batched >> 32
    receivables.record_payment(settlement.signer, receivable, FACE, _hash("in full"))
    redeemed = receivables.redeem(settlement.signer, receivable, whole)

    parted = _confirmed(ledger, cast, "parted")
    receivables.split(tier1.signer, parted, 0, legs)
    receivable = parted >> 32
    receivables.record_payment(settlement.signer, receivable, FACE // 3, _hash("a part"))
    redeemed_part = receivables.redeem(settlement.signer, receivable, whole)

    return GasReport(
        split=split.gas_used,
        offer=offered.gas_used,
        accept=accepted.gas_used,
        batch_leg=batch.gas_used // LEGS,
        redeem=redeemed.gas_used // LEGS,
        redeem_part=redeemed_part.gas_used // LEGS,
        attest=attested.gas_used,
        anchored_leaf=anchored.gas_used / LEAVES,
    )


def _confirmed(ledger: OpenLedger, cast: Cast, name: str) -> int:
    """The first voucher of a receivable of its own."""
    tier1, anchor, tax = cast["tier1"], cast["anchor"], cast["tax"]
    evidence, nullifier = _hash(f"{name} evidence"), _hash(f"{name} invoice")
    ledger.attestations.attest(tax.signer, evidence, cast.schemas.trade, _hash(name), 3, 0)
    ledger.receivables.register_invoice(tax.signer, nullifier, tier1.number, CNY, FACE)
    proposed = ledger.receivables.propose(
        tier1.signer,
        debtor=anchor.number,
        creditor=tier1.number,
        face=FACE,
        currency=CNY,
        due_at=now(ledger.engine) + 90 * DAY,
        evidence=evidence,
        invoice=nullifier,
    )
    number = only(proposed, events.Proposed).receivable
    return only(ledger.receivables.confirm(anchor.signer, number), events.Confirmed).voucher


def _hash(text: str) -> bytes:
    return keccak(text=f"counterfoil/bench/{text}")
