"""A red-letter note (红字发票) after confirmation: what rests on the invoice moves no further."""

from __future__ import annotations

from eth_utils.crypto import keccak

from api.story.issuing import Issued, money
from api.story.stage import Stage

NOTE = keccak(text="red-letter note")


def credit_the_invoice(stage: Stage, issued: Issued) -> None:
    """The tax attester tells of a credit note for a tenth of an invoice that a receivable rests on."""
    tax, tier1, anchor = stage.cast["tax"], stage.cast["tier1"], stage.cast["anchor"]
    ledger, amount = stage.ledger, issued.face // 10
    ledger.invoices.credit(tax.signer, issued.nullifier, amount, NOTE, [issued.receivable])
    stage.scene(
        str(tax),
        f"told of a red-letter note of {money(amount)}: receivable {issued.receivable} is flagged with it",
    )
    version = ledger.receivables.voucher(issued.voucher).version
    stage.refused(
        "tier 1 passes on a receivable whose invoice was credited",
        lambda: ledger.receivables.offer(
            tier1.signer, issued.voucher, version, stage.cast["tier2"].number, NOTE
        ),
    )
    stage.refused(
        "the anchor reaffirms a debt that its invoice no longer covers",
        lambda: ledger.issuance.reaffirm(anchor.signer, issued.receivable, NOTE),
    )
