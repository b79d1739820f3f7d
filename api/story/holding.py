"""What stops a voucher: a court's freeze, and the dispute that a debtor may no longer raise."""

from __future__ import annotations

from eth_utils.crypto import keccak

from api.story.issuing import Issued
from api.story.stage import Stage

ORDER = keccak(text="order of the court")
NOTICE = keccak(text="the anchor's notice")


def freeze_and_release(stage: Stage, voucher: int) -> None:
    """A court freezes one voucher of tier 2, which cannot pass it on until the court lets go."""
    court, tier2, receivables = stage.cast["court"], stage.cast["tier2"], stage.ledger.receivables
    receivables.freeze(court.signer, voucher, keccak(text="property preservation"), ORDER)
    stage.scene(str(court), f"froze voucher {voucher} (冻结): this interval and no other")
    version = receivables.voucher(voucher).version
    stage.refused(
        "the holder passes a frozen voucher on",
        lambda: receivables.offer(
            tier2.signer, voucher, version, stage.cast["tier3"].number, keccak(text="a trade")
        ),
    )
    stage.refused(
        "the platform's bank lifts the court's freeze",
        lambda: receivables.unfreeze(stage.cast["bank"].signer, voucher, ORDER),
    )
    receivables.unfreeze(court.signer, voucher, ORDER)
    stage.scene(str(court), f"released voucher {voucher} (解冻)")


def try_to_dispute(stage: Stage, issued: Issued) -> None:
    """The anchor argues about quality with whoever holds the debt, after it has waived its defences."""
    anchor = stage.cast["anchor"]
    stage.refused(
        "the anchor disputes a debt after it has waived its defences",
        lambda: stage.ledger.receivables.dispute(
            anchor.signer, issued.voucher, keccak(text="quality"), NOTICE
        ),
    )
