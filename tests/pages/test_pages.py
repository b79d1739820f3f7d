"""The pages of docs/ name every state that the ledger can be in and every refusal somebody can meet."""

from __future__ import annotations

from enum import Enum, IntEnum, IntFlag

import pytest

from chain.compliance.refusals import REFUSALS
from chain.errors import BY_NAME
from chain.rules import state
from tests.pages.refusals import DOCS, READERS, with_table

STATES: dict[str, tuple[type[Enum], ...]] = {
    "supplier": (
        state.IssueState,
        state.ReceivableState,
        state.ReceivableFlag,
        state.Life,
        state.Encumbrance,
        state.VoucherFlag,
        state.Kind,
    ),
    "bank": (
        state.ReceivableState,
        state.ReceivableFlag,
        state.Life,
        state.Encumbrance,
        state.VoucherFlag,
        state.Kind,
        state.JobState,
    ),
    "auditor": (state.Status, state.ProposalState, state.DraftState, state.JobState, state.IssueState),
}


@pytest.mark.parametrize("reader", READERS)
def test_the_refusals_of_a_page_are_those_its_reader_can_meet(reader: str) -> None:
    page = (DOCS / f"{reader}.md").read_text(encoding="utf-8")

    assert page == with_table(page, READERS[reader]), "run python -m tests.pages.refusals"


def test_every_refusal_is_on_some_page() -> None:
    policies = {policy for listed in READERS.values() for policy in listed}

    assert {name for name, (policy, _) in REFUSALS.items() if policy not in policies} == set()
    assert set(REFUSALS) == set(BY_NAME)


@pytest.mark.parametrize(("reader", "kind"), [(r, kind) for r, kinds in STATES.items() for kind in kinds])
def test_every_state_that_a_reader_can_meet_is_explained(reader: str, kind: type[Enum]) -> None:
    page = (DOCS / f"{reader}.md").read_text(encoding="utf-8")

    missing = [each.name for each in kind if each.name != "NONE" and f"`{each.name}`" not in page]

    assert missing == [], f"{kind.__name__} in docs/{reader}.md"


def test_every_kind_of_state_has_its_reader() -> None:
    kinds = {kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Enum)}
    kinds -= {Enum, IntEnum, IntFlag, state.Role}

    assert kinds == {kind for listed in STATES.values() for kind in listed}
