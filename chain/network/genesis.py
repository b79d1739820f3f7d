"""The first block of a consortium on Kaia: who validates, that gas costs nothing, and how members vote.

Source: Kaia v1.0.3, params/config.go and blockchain/genesis.go (fields), consensus/istanbul (extraData).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_utils.address import to_canonical_address

from chain.bundle import rlp

NOBODY = "0x" + 40 * "0"
VANITY = bytes(32)
SEAL_BYTES = 65

# Every validator seals every block: the node would draw a committee of this many from more.
COMMITTEE = 100

FORKS = ("istanbul", "london", "ethTxType", "magma", "kore", "shanghai", "cancun", "kaia")


def write_genesis(path: Path, chain_id: int, validators: Sequence[str]) -> None:
    """Writes the first block, whose time is now."""
    genesis = kaia_genesis(chain_id, validators, int(time.time()))
    path.write_text(json.dumps(genesis, indent=2) + "\n", encoding="utf-8")


def kaia_genesis(chain_id: int, validators: Sequence[str], timestamp: int) -> dict[str, Any]:
    """The first block of a network without gas, as the node reads it.

    Args:
        chain_id: signed by every transaction, from 1.
        validators: the first members' addresses.
        timestamp: seconds since 1970 (UTC).
    """
    return {
        "config": {
            "chainId": chain_id,
            **{f"{fork}CompatibleBlock": 0 for fork in FORKS},
            "istanbul": {"epoch": 604_800, "policy": 0, "sub": COMMITTEE},
            "unitPrice": 0,
            "deriveShaImpl": 0,
            "governance": _governance(),
        },
        "timestamp": hex(timestamp),
        "extraData": "0x" + extra_data(validators).hex(),
        "governanceData": None,
        "blockScore": "0x1",
        "alloc": {},
        "number": "0x0",
        "gasUsed": "0x0",
        "parentHash": "0x" + 64 * "0",
    }


def _governance() -> dict[str, Any]:
    # In mode `ballot` a change needs the votes of more than half of the validators. In mode `none` one vote
    # is enough, anybody's, to add a validator or to set a price; `single` leaves it all to one.
    return {
        "governingNode": NOBODY,
        "governanceMode": "ballot",
        "govParamContract": NOBODY,
        "reward": {
            "mintingAmount": 0,
            "ratio": "100/0/0",
            "kip82ratio": "20/80",
            "useGiniCoeff": False,
            "deferredTxFee": True,
            "stakingUpdateInterval": 86_400,
            "proposerUpdateInterval": 3_600,
            "minimumStake": 0,
        },
        "kip71": {
            "lowerboundbasefee": 0,
            "upperboundbasefee": 0,
            "gastarget": 10**9,
            "maxblockgasusedforbasefee": 10**9,
            "basefeedenominator": 20,
        },
    }


def extra_data(validators: Sequence[str]) -> bytes:
    """The first block's extraData: vanity, then RLP of the validators, an empty proposer's seal, no seals."""
    addresses: list[rlp.Item] = [to_canonical_address(address) for address in validators]
    return VANITY + rlp.encode([addresses, bytes(SEAL_BYTES), []])
