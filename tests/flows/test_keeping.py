"""Evidence that is kept is the same evidence when it is read again, or is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.checks.cross import Level
from flows.disclosure import disclose, verify_disclosure
from flows.evidence import SEED_BYTES, commit_fields
from flows.fields import Field
from flows.keeping import BadEvidence, evidence_from_json, evidence_to_json
from flows.records import Flow

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EVIDENCE = st.builds(
    commit_fields,
    st.lists(st.builds(Field, TEXT, TEXT, TEXT), min_size=1, max_size=9, unique_by=lambda one: one.path).map(
        tuple
    ),
    st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES),
    st.frozensets(st.sampled_from(Flow)),
    st.none() | st.sampled_from(Level),
    st.lists(st.binary(min_size=33, max_size=33), max_size=2).map(tuple),
)


@given(EVIDENCE)
def test_evidence_that_was_kept_is_the_same(evidence: Any) -> None:
    again = evidence_from_json(evidence_to_json(evidence))

    assert (again.fields, again.salts, again.commitment) == (
        evidence.fields,
        evidence.salts,
        evidence.commitment,
    )
    path = evidence.fields[0].path
    assert path in verify_disclosure(disclose(again, [path]), evidence.commitment)


KEPT = json.loads(
    evidence_to_json(
        commit_fields((Field("a", "text", "the secret"),), bytes(32), frozenset({Flow.INVOICE}), Level.L2)
    )
)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "another"},
        {"flows": ["gossip"]},
        {"level": "L9"},
        {"fields": [["a", "text", "the secret"]]},
        {"fields": [["a", "text", "the secret", "no hex"]]},
        {"feature_commitments": [1]},
        {"fields": None},
        {"fields": []},
        {"fields": [["a", "text", "the secret", "00" * 32]] * 2},
        {"fields": [["a", "text", "the secret", "00" * 31]]},
        {"feature_commitments": ["02" * 32]},
    ],
)
def test_what_is_of_another_form_is_refused_without_its_content(change: dict[str, Any]) -> None:
    with pytest.raises(BadEvidence) as refused:
        evidence_from_json(json.dumps({**KEPT, **change}))

    assert "secret" not in str(refused.value)


def test_what_is_no_json_is_refused() -> None:
    for text in ("", "[", "[" * 100_000, "7"):
        with pytest.raises(BadEvidence):
            evidence_from_json(text)
