"""The first block of a consortium: who validates, that gas costs nothing, and how members vote.

Sources: Kaia v1.0.3, params/config.go and blockchain/genesis.go (fields), consensus/istanbul (extraData);
Hyperledger Besu, QBFT (genesis file, extraData).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eth_utils.address import to_canonical_address

from chain.headers import rlp

NOBODY = "0x" + 40 * "0"
VANITY = bytes(32)
SEAL_BYTES = 65

# Every validator seals every block: the node would draw a committee of this many from more.
COMMITTEE = 100

FORKS = ("istanbul", "london", "ethTxType", "magma", "kore", "shanghai", "cancun", "kaia")


def write_genesis(path: Path, genesis: dict[str, Any]) -> None:
    """Writes a first block."""
    path.write_text(json.dumps(genesis, indent=2) + "\n", encoding="utf-8")


def kaia_genesis(chain_id: int, validators: Sequence[str], timestamp: int) -> dict[str, Any]:
    """The first block of a network without gas on Kaia.

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
        "extraData": "0x" + kaia_extra_data(validators).hex(),
        "governanceData": None,
        "blockScore": "0x1",
        "alloc": {},
        "number": "0x0",
        "gasUsed": "0x0",
        "parentHash": "0x" + 64 * "0",
    }


def besu_genesis(chain_id: int, validators: Sequence[str], timestamp: int) -> dict[str, Any]:
    """The first block of a network without gas on Hyperledger Besu (QBFT); arguments as for Kaia."""
    return {
        "config": {
            "chainId": chain_id,
            "berlinBlock": 0,
            "londonBlock": 0,
            "shanghaiTime": 0,
            "zeroBaseFee": True,
            "qbft": {"blockperiodseconds": 1, "epochlength": 30_000, "requesttimeoutseconds": 4},
        },
        "nonce": "0x0",
        "timestamp": hex(timestamp),
        "extraData": "0x" + besu_extra_data(validators).hex(),
        "gasLimit": "0x1fffffffffffff",
        "baseFeePerGas": "0x0",
        "difficulty": "0x1",
        "mixHash": "0x" + b"ctical byzantine fault tolerance".hex(),
        "coinbase": NOBODY,
        "alloc": {},
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


def kaia_extra_data(validators: Sequence[str]) -> bytes:
    """The first block's extraData: vanity, then RLP of validators, an empty proposer's seal, no seals."""
    addresses: list[rlp.Item] = [to_canonical_address(address) for address in validators]
    return VANITY + rlp.encode([addresses, bytes(SEAL_BYTES), []])


def founders_of(genesis: Mapping[str, Any]) -> list[str]:
    """The validators of Kaia's first block, as addresses in lower case, in its order.

    Raises:
        NotCanonical: its extraData is not as above.
    """
    listed = rlp.decode_list(bytes.fromhex(genesis["extraData"][2:])[len(VANITY) :])[0]
    if isinstance(listed, bytes):
        raise rlp.NotCanonical("a list of validators was expected")
    return ["0x" + rlp.text(address, 20).hex() for address in listed]


def besu_extra_data(validators: Sequence[str]) -> bytes:
    """The first block's extraData: RLP of vanity, validators, no vote, round 0, no seals."""
    addresses: list[rlp.Item] = [to_canonical_address(address) for address in validators]
    return rlp.encode([VANITY, addresses, [], b"", []])
