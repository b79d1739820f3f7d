"""Writes the tables of refusals into the pages of docs/, from the refusals themselves.

`python -m tests.pages.refusals` writes them; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from chain.compliance import CATALOGUE
from chain.compliance.refusals import REFUSALS
from chain.errors import BY_NAME

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- refusals: begin -->", "<!-- refusals: end -->"

SUPPLIER = (
    *("authority.account", "admission", "authority.desk", "authority.party", "authority.holder"),
    *("trade.real", "evidence.level", "invoice.once", "invoice.red-letter"),
    *("term.longest", "term.review", "term.small-firm", "term.small-firm.refused"),
    *("issue.terms", "issue.void", "limit", "limit.needed", "issue.stop", "issue.overdue-grace"),
    *("transfer.conservation", "transfer.legs", "transfer.least", "transfer.tiers"),
    *("transfer.acceptance", "transfer.offer-period", "transfer.due"),
    *("encumbrance.single", "compare-and-set", "freeze", "defences.waived"),
    *("financing.quote", "financing.costs", "financing.justification", "financing.disburse-period"),
    *("financing.recourse", "settlement.exact", "consent"),
)
BANK = (
    *("authority.account", "admission", "authority.desk", "authority.holder", "attestation", "consent"),
    *("financing.quote", "financing.costs", "financing.registration", "financing.agreement"),
    *("financing.justification", "financing.disburse-period", "financing.pledge", "financing.recourse"),
    *("financing.priority", "encumbrance.single", "compare-and-set", "freeze"),
    *("transfer.acceptance", "transfer.offer-period", "transfer.conservation", "transfer.due"),
    *("transfer.tiers", "settlement.bank", "settlement.exact", "issue.stop", "invoice.red-letter"),
)
AUDITOR = (
    "authority.account",
    "authority.governance",
    "authority.ledger",
    "admission",
    "parameters",
    "attestation",
)
READERS: Mapping[str, tuple[str, ...]] = {"supplier": SUPPLIER, "bank": BANK, "auditor": AUDITOR}
"""The policies whose refusals each reader can meet, in the order of its page."""


def table(policies: Iterable[str]) -> str:
    """The refusals of some policies as Markdown: by policy, with its citation and what helps."""
    lines: list[str] = []
    for each in policies:
        policy = CATALOGUE[each]
        resting = [name for name, (id_, _) in REFUSALS.items() if id_ == each]
        lines += [
            f"**{policy.title.en}** ({policy.title.zh}) · `{policy.id}` · {policy.source.of('en')}.",
            f"*What helps:* {policy.remedy.en}",
            "",
        ]
        if resting:
            lines += ["| refusal | what it says |", "|---|---|"]
            lines += [f"| `{BY_NAME[name].rule}` | {_sentence(name)} |" for name in resting]
            lines.append("")
    return "\n".join(lines).strip()


def _sentence(name: str) -> str:
    """The sentence with its facts named in place of their values."""
    said = " ".join((BY_NAME[name].__doc__ or "").split())
    return said.replace(":#x}", "}").replace("{", "‹").replace("}", "›")


def with_table(page: str, policies: Iterable[str]) -> str:
    """A page with its table as it must be.

    Raises:
        ValueError: the page has no place for it.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table(policies)}\n\n{END}{after}"


def main() -> None:
    """Writes every page."""
    for reader, policies in READERS.items():
        path = DOCS / f"{reader}.md"
        path.write_text(with_table(path.read_text(encoding="utf-8"), policies), encoding="utf-8")


if __name__ == "__main__":
    main()
