"""Published vectors: USCC and LEI numbers, and OpenZeppelin's Merkle trees."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from eth_abi.abi import encode

from flows.identifiers import BadIdentifier, check_lei, check_uscc
from flows.merkle import leaf_hash, merkle_tree, root_from_proof

DATA = Path(
    os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")
).resolve()
TREES = DATA / "vectors-merkle-openzeppelin"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not TREES.is_dir(), reason=f"no vectors in {DATA}: set COUNTERFOIL_DATA"),
]

REASON = {
    "invalid_checksum": "check digit must be",
    "invalid_format": "without I, O, S, V, Z",
    "invalid_length": "must have 18 characters",
}


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / "identifiers" / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_uscc_is_accepted_or_refused_for_the_reason_given() -> None:
    rows = _rows("uscc_cases.csv")
    assert len(rows) == 238
    for row in rows:
        if row["expect"] == "valid":
            assert check_uscc(row["uscc"]) == row["uscc"]
        else:
            with pytest.raises(BadIdentifier, match=REASON[row["expect"]]):
                check_uscc(row["uscc"])


def test_every_lei_is_accepted_and_refused_with_another_last_digit() -> None:
    rows = _rows("lei_valid.csv")
    assert len(rows) == 100
    for row in rows:
        lei = row["lei"]
        assert check_lei(lei) == lei
        with pytest.raises(BadIdentifier):
            check_lei(lei[:-1] + str((int(lei[-1]) + 1) % 10))


@pytest.mark.parametrize("sort", [True, False], ids=["sorted", "unsorted"])
def test_a_standard_tree_is_openzeppelins(sort: bool) -> None:
    name = f"standard-v1.{'sorted' if sort else 'unsorted'}.1_0_6.json"
    dump = json.loads((TREES / name).read_text(encoding="utf-8"))
    leaves = [leaf_hash(encode(dump["leafEncoding"], entry["value"])) for entry in dump["values"]]
    tree = merkle_tree(leaves, sort=sort)
    assert ["0x" + node.hex() for node in tree.nodes] == dump["tree"]
    assert list(tree.places) == [entry["treeIndex"] for entry in dump["values"]]
    assert all(root_from_proof(leaf, tree.proof(i)) == tree.root for i, leaf in enumerate(leaves))


@pytest.mark.parametrize("sort", [True, False], ids=["sorted", "unsorted"])
def test_a_simple_tree_has_the_same_layout(sort: bool) -> None:
    name = f"simple-v1.{'sorted' if sort else 'unsorted'}.1_0_6.json"
    dump = json.loads((TREES / name).read_text(encoding="utf-8"))
    nodes = [bytes.fromhex(node[2:]) for node in dump["tree"]]
    leaves = [nodes[entry["treeIndex"]] for entry in dump["values"]]
    assert merkle_tree(leaves, sort=sort).root == nodes[0]
