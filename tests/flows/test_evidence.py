from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.checks import Level, cross_check
from flows.disclosure import Disclosure, DisclosureRefused, disclose, verify_disclosure
from flows.evidence import commit_fields, make_evidence
from flows.fields import Field, evidence_fields
from flows.merkle import leaf_hash, merkle_tree, root_from_proof
from flows.records import Flow
from flows.samples import SampleTrade

SEED = bytes(range(32))
FEATURES = (b"\x02" * 33, b"\x03" * 33)

words = st.text(max_size=8)
fields = st.lists(
    st.builds(Field, words, st.sampled_from(["text", "decimal"]), words),
    min_size=1,
    max_size=24,
    unique_by=lambda field: field.path,
).map(tuple)
flows = st.frozensets(st.sampled_from(Flow))
levels = st.one_of(st.none(), st.sampled_from(Level))


@given(fields, st.binary(min_size=32, max_size=32), flows, levels, st.data())
@settings(max_examples=60, deadline=None)
def test_any_subset_of_fields_verifies(
    given_fields: tuple[Field, ...],
    seed: bytes,
    some: frozenset[Flow],
    level: Level | None,
    data: st.DataObject,
) -> None:
    evidence = commit_fields(given_fields, seed, some, level, FEATURES)
    subset = data.draw(st.sets(st.sampled_from(range(len(given_fields)))))
    full = disclose(evidence, [field.path for field in given_fields])
    part = replace(full, fields=tuple(one for one in full.fields if one.index in subset))
    shown = verify_disclosure(Disclosure.from_json(part.to_json()), evidence.commitment)
    assert shown == {given_fields[i].path: given_fields[i] for i in subset}


@given(fields, st.data())
@settings(max_examples=100, deadline=None)
def test_any_alteration_of_a_field_is_refused_by_name(
    given_fields: tuple[Field, ...], data: st.DataObject
) -> None:
    evidence = commit_fields(given_fields, SEED, frozenset(Flow), Level.L4)
    chosen = data.draw(st.sampled_from(given_fields))
    disclosure = Disclosure.from_json(disclose(evidence, [chosen.path]).to_json())
    (one,) = [shown for shown in disclosure.fields if shown.field.path == chosen.path]
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(one.salt, "big") ^ 1 << bit).to_bytes(32, "big")
    alterations = [
        replace(one, salt=flipped),
        replace(one, salt=one.salt[:-1]),
        replace(one, index=one.index + 1),
        replace(one, proof=(*one.proof, one.salt)),
        replace(one, field=replace(chosen, value=chosen.value + "0")),
        replace(one, field=replace(chosen, type="date")),
        replace(one, field=replace(chosen, path=chosen.path + "x")),
    ]
    if one.proof:
        place = data.draw(st.integers(0, len(one.proof) - 1))
        other = bytes(32) if one.proof[place] != bytes(32) else b"\x01" * 32
        alterations.append(replace(one, proof=(*one.proof[:place], other, *one.proof[place + 1 :])))
        alterations.append(replace(one, proof=one.proof[:-1]))
    for altered in alterations:
        with pytest.raises(DisclosureRefused) as refused:
            verify_disclosure(replace(disclosure, fields=(altered,)), evidence.commitment)
        assert refused.value.field == altered.field.path


def test_what_binds_the_fields_cannot_be_altered() -> None:
    evidence = commit_fields((Field("a", "text", "1"),), SEED, frozenset({Flow.TRADE}), Level.L3, FEATURES)
    good = disclose(evidence, ["a"])
    for altered in (
        replace(good, level=Level.L4),
        replace(good, level=None),
        replace(good, flows=frozenset(Flow)),
        replace(good, count=2),
        replace(good, count=2**256),
        replace(good, root=bytes(32)),
        replace(good, root=b""),
        replace(good, feature_commitments=FEATURES[::-1]),
        replace(good, feature_commitments=()),
        replace(good, feature_commitments=(b"short",)),
    ):
        with pytest.raises(DisclosureRefused) as refused:
            verify_disclosure(altered, evidence.commitment)
        assert refused.value.field == "commitment"


@given(st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_what_is_no_disclosure_is_refused(text: str) -> None:
    with pytest.raises(DisclosureRefused):
        Disclosure.from_json(text)


@pytest.mark.parametrize(
    "member", ["schema", "flows", "level", "count", "root", "feature_commitments", "fields"]
)
@pytest.mark.parametrize("value", [None, -1, 1.5, True, "", "0x0", "\ud800", ["0xzz"], [{}], {}, [[]]])
def test_a_disclosure_with_a_strange_member_is_refused(member: str, value: object) -> None:
    evidence = commit_fields((Field("a", "text", "1"),), SEED, frozenset(Flow), Level.L4, FEATURES)
    given_json = json.loads(disclose(evidence, ["a"]).to_json())
    with pytest.raises(DisclosureRefused):
        verify_disclosure(Disclosure.from_json(json.dumps(given_json | {member: value})), evidence.commitment)


def test_a_disclosure_holds_nothing_of_the_fields_it_withholds(trade: SampleTrade) -> None:
    evidence = make_evidence(trade.documents, cross_check(trade.documents), SEED, FEATURES)
    text = disclose(evidence, ["invoice/INV-2024-001/due", "check/level"]).to_json()
    shown = {"invoice/INV-2024-001/due", "check/level"}
    for field, salt in zip(evidence.fields, evidence.salts, strict=True):
        if field.path not in shown:
            assert salt.hex() not in text
            assert field.path not in text
    assert trade.invoice.buyer.name not in text
    assert "117294" not in text


def test_a_path_that_ends_in_a_slash_shows_what_is_below(trade: SampleTrade) -> None:
    evidence = make_evidence(trade.documents, cross_check(trade.documents), SEED)
    shown = verify_disclosure(disclose(evidence, ["check/X-02a/"]), evidence.commitment)
    assert shown["check/X-02a/figures/received"].value == "1200"
    assert all(path.startswith("check/X-02a/") for path in shown)
    with pytest.raises(DisclosureRefused, match="no such field"):
        disclose(evidence, ["invoice/INV-2024-001"])


def test_fields_are_canonical_and_cover_documents_and_results(trade: SampleTrade) -> None:
    found = {f.path: f for f in evidence_fields(trade.documents, cross_check(trade.documents))}
    assert found["invoice/INV-2024-001/totals/payable"] == Field(
        "invoice/INV-2024-001/totals/payable", "decimal", "117294.00"
    )
    assert found["order/PO-2024-001/buyer/identifiers/USCC"].value == trade.order.buyer.id
    assert found["receipt/RA-2024-001/delivered"].type == "date"
    assert found["check/level"].value == "L3"
    assert found["check/X-01a/outcome"].value == "pass"


def test_ids_with_slashes_do_not_collide(trade: SampleTrade) -> None:
    slashed = replace(trade.documents, invoices=(replace(trade.invoice, id="A/1"),))
    paths = {f.path for f in evidence_fields(slashed, cross_check(slashed))}
    assert "invoice/A%2F1/due" in paths
    twice = replace(trade.documents, invoices=(trade.invoice, trade.invoice))
    with pytest.raises(ValueError, match="field path must be unique"):
        evidence_fields(twice, cross_check(twice))


def test_the_same_seed_gives_the_same_commitment_and_other_salts_for_other_documents(
    trade: SampleTrade,
) -> None:
    one = make_evidence(trade.documents, cross_check(trade.documents), SEED)
    assert make_evidence(trade.documents, cross_check(trade.documents), SEED).commitment == one.commitment
    changed = replace(trade.documents, orders=(replace(trade.order, tax=Decimal(1)),))
    other = make_evidence(changed, cross_check(changed), SEED)
    assert not set(one.salts) & set(other.salts)
    assert len(set(one.salts)) == len(one.fields)


def test_secrets_do_not_show_in_repr_and_lengths_are_checked(trade: SampleTrade) -> None:
    checked = cross_check(trade.documents)
    evidence = make_evidence(trade.documents, checked, SEED)
    assert evidence.salts[0].hex() not in repr(evidence)
    assert trade.order.buyer.name not in repr(evidence)
    with pytest.raises(ValueError, match="seed must be 32 bytes"):
        make_evidence(trade.documents, checked, b"short")
    with pytest.raises(ValueError, match="33 bytes"):
        make_evidence(trade.documents, checked, SEED, (b"short",))


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=40, unique=True), st.booleans())
def test_every_leaf_of_a_tree_leads_to_its_root(values: list[bytes], sort: bool) -> None:
    leaves = [leaf_hash(value) for value in values]
    tree = merkle_tree(leaves, sort=sort)
    for index, leaf in enumerate(leaves):
        assert root_from_proof(leaf, tree.proof(index)) == tree.root
    assert root_from_proof(leaf_hash(b"stranger......"), tree.proof(0)) != tree.root


def test_a_tree_needs_leaves_of_32_bytes() -> None:
    for leaves in ([], [b"short"]):
        with pytest.raises(ValueError, match="at least one leaf, each of 32 bytes"):
            merkle_tree(leaves)
