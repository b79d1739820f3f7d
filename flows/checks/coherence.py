"""What no trade can be: documents refused together, before any rule weighs them."""

from __future__ import annotations

from flows.checks.matching import quoted
from flows.checks.naming import name, names
from flows.documents import Documents
from flows.errors import IncoherentDocuments


def require_coherent(documents: Documents) -> None:
    """Refuse documents that contradict one another in a way that leaves nothing to cross-check.

    Raises:
        IncoherentDocuments: two documents of one kind have one id, so no result could name either; or an
            invoice is dated after a payment that quotes it, so one of the two days is false or the payment
            was a prepayment, on which no receivable may rest (银发〔2025〕77号).
    """
    seen: dict[str, str] = {}
    for document in (*documents.with_parties, *documents.payments):
        earlier = seen.setdefault(name(document), document.file)
        if earlier != document.file:
            raise IncoherentDocuments(
                document.file, "cbc:ID", f"{name(document)} must stand once (it is also in {earlier})"
            )
    if len(names(documents.with_parties)) < len(documents.with_parties):
        raise IncoherentDocuments(documents.with_parties[0].file, "cbc:ID", "every document must stand once")
    for payment, invoice in quoted(documents):
        if payment.booked is not None and invoice.issued > payment.booked:
            raise IncoherentDocuments(
                invoice.file,
                "cbc:IssueDate",
                f"invoice must not be dated after its payment ({name(invoice)} is dated {invoice.issued}, "
                f"{name(payment)} in {payment.file} is booked {payment.booked})",
            )
