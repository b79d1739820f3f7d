"""Rules about who deals with whom, and whether the documents speak of the same deal."""

from __future__ import annotations

import unicodedata

from flows.checks.naming import name, names
from flows.checks.rule import Finding, Policy, absent, rule, verdict
from flows.documents import Documents
from flows.identifiers import Identifier
from flows.records import Document, Flow, Party


@rule(
    "X-01a",
    "Buyer and seller are the same in every document",
    weight=3,
    hard=True,
    flows=(Flow.TRADE, Flow.LOGISTICS, Flow.INVOICE),
)
def same_parties(documents: Documents, _: Policy) -> Finding:
    """Compare buyer and seller of every document with the first one's."""
    first, *others = documents.with_parties or (None,)
    if first is None or not others:
        return absent("fewer than two documents name a buyer and a seller")
    faults = [
        f"{role} of {name(other)} is {_shown(theirs)}, of {name(first)} {_shown(ours)}"
        for other in others
        for role, ours, theirs in (
            ("buyer", first.buyer, other.buyer),
            ("seller", first.seller, other.seller),
        )
        if not same_party(ours, theirs)
    ]
    good = (
        f"All {len(others) + 1} documents name buyer {_shown(first.buyer)} and seller {_shown(first.seller)}."
    )
    return verdict(faults, good, names(documents.with_parties))


@rule("X-01b", "Buyer and seller are two different firms", weight=1, hard=True)
def two_parties(documents: Documents, _: Policy) -> Finding:
    """A firm that sells to itself has no receivable."""
    if not documents.with_parties:
        return absent("no document names a buyer and a seller")
    faults = [
        f"{name(one)} names {_shown(one.buyer)} as buyer and as seller"
        for one in documents.with_parties
        if same_party(one.buyer, one.seller)
    ]
    return verdict(faults, "Buyer and seller differ in every document.", names(documents.with_parties))


@rule(
    "X-01c",
    "Every document refers to the one before it",
    weight=2,
    flows=(Flow.TRADE, Flow.LOGISTICS, Flow.INVOICE),
)
def linked_references(documents: Documents, _: Policy) -> Finding:
    """References to orders, despatches and invoices must meet documents that are there."""
    orders = {one.id for one in documents.orders}
    despatches = {one.id for one in documents.despatches}
    invoices = {one.id for one in documents.invoices}
    links: list[tuple[Document, str, tuple[str, ...], set[str]]] = [
        *((one, "order", one.orders, orders) for one in documents.despatches),
        *((one, "order", one.orders, orders) for one in documents.receipts if not one.despatches),
        *(
            (one, "despatch advice", one.despatches, despatches)
            for one in documents.receipts
            if one.despatches
        ),
        *((one, "order", one.orders, orders) for one in documents.invoices),
        *((one, "invoice", one.invoices, invoices) for one in documents.credit_notes),
    ]
    applicable = [link for link in links if link[3]]
    if not applicable:
        return absent("no document has a predecessor to refer to")
    faults = [
        f"{name(one)} refers to {kind} {', '.join(references) or 'none'}, at hand is "
        f"{', '.join(sorted(known))}"
        for one, kind, references, known in applicable
        if not set(references) & known
    ]
    good = f"All {len(applicable)} references meet a document at hand."
    return verdict(faults, good, names(documents.with_parties))


def same_party(ours: Party, theirs: Party) -> bool:
    """Whether two parties are one organisation: by identifiers under a common scheme, else by name."""
    mine, other = _by_scheme(ours), _by_scheme(theirs)
    common = mine.keys() & other.keys()
    if common:
        return all(mine[scheme] & other[scheme] for scheme in common)
    return same_name(ours.name, theirs.name)


def same_name(ours: str, theirs: str) -> bool:
    """Whether two names are equal but for width, case, spaces and punctuation."""
    return bool(_letters(ours)) and _letters(ours) == _letters(theirs)


def _letters(text: str) -> str:
    # NFKC folds the full-width brackets and letters that Chinese registers and banks write differently.
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _by_scheme(party: Party) -> dict[str, set[str]]:
    schemes: dict[str, set[str]] = {}
    for one in party.identifiers:
        schemes.setdefault(one.scheme, set()).add(_compact(one))
    return schemes


def _compact(one: Identifier) -> str:
    return "".join(one.value.split()).upper()


def _shown(party: Party) -> str:
    return f"{party.name} ({party.id})" if party.id else party.name
