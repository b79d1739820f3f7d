"""Who made a block and who agreed to it, on headers that real networks of four sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from chain.headers import rlp
from chain.network.sealing import seals_of

HEADERS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "headers.json").read_text(encoding="utf-8")
)


def validators_of(header: dict[str, Any]) -> set[str]:
    listed = rlp.decode_list(bytes.fromhex(header["extraData"][2:])[32:])[0]
    assert isinstance(listed, list)
    return {to_checksum_address(rlp.text(one)) for one in listed}


@pytest.mark.parametrize(("which", "round_number"), [("first round", 0), ("second round", 1)])
def test_proposer_and_committers_are_validators(which: str, round_number: int) -> None:
    header = HEADERS[which]

    seals = seals_of(header)

    assert seals.round == round_number
    assert seals.proposer == to_checksum_address(header["reward"])
    assert len(set(seals.committers)) == len(seals.committers) >= 3
    assert {seals.proposer, *seals.committers} <= validators_of(header)


@pytest.mark.parametrize("field", ["stateRoot", "parentHash", "timestamp", "gasUsed"])
def test_a_header_that_was_changed_has_another_proposer(field: str) -> None:
    header = HEADERS["first round"]
    changed = header[field][:-1] + ("1" if header[field][-1] != "1" else "2")

    assert seals_of({**header, field: changed}).proposer not in validators_of(header)


def test_a_block_with_another_hash_was_signed_by_nobody_here() -> None:
    header = HEADERS["first round"]

    assert validators_of(header).isdisjoint(seals_of({**header, "hash": "0x" + 64 * "a"}).committers)


def test_extra_data_cut_short_is_refused() -> None:
    header = HEADERS["first round"]

    with pytest.raises(rlp.NotCanonical):
        seals_of({**header, "extraData": header["extraData"][:-2]})
