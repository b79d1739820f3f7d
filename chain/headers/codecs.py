"""The engines behind one set of functions: what differs from one to another is chosen here, nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chain.hashing import keccak
from chain.headers import ethereum, kaia, kaia_contents, qbft, receipts, transactions
from chain.headers.header import BadHeader, Header
from chain.headers.receipts import Receipt
from chain.headers.transactions import Transaction
from chain.headers.validators import Certificate, Consensus, ValidatorSet, certify, check

Count = Callable[[ValidatorSet, Header, Certificate], ValidatorSet]


@dataclass(frozen=True, slots=True)
class Codec:
    """How an engine writes its blocks and its state, and how its validators change.

    `transaction_hash` is that of an encoding that a block's root commits to, whoever signed it.
    `read_receipt` takes the gas of the block before the receipt as well. `read_account` gives storage root
    and code hash. `counted` counts the vote of a checked block; None of engines without certificates.
    """

    read_header: Callable[[bytes], Header]
    encoded_header: Callable[[Mapping[str, Any]], bytes]
    read_transaction: Callable[[bytes], Transaction]
    transaction_hash: Callable[[bytes], bytes]
    read_receipt: Callable[[bytes, int], Receipt]
    read_account: Callable[[bytes], tuple[bytes, bytes]]
    counted: Count | None = None


def _in_turn(trusted: ValidatorSet, header: Header, certificate: Certificate) -> ValidatorSet:
    kaia.check_turn(trusted, header, certificate)
    return kaia.counted(trusted, header, certificate)


def _ethereum_receipt(raw: bytes, _: int) -> Receipt:
    return receipts.read_receipt(raw)


CODECS: Mapping[str, Codec] = {
    "ethereum": Codec(
        ethereum.read_header,
        ethereum.encoded_header,
        transactions.read_transaction,
        keccak,
        _ethereum_receipt,
        ethereum.read_account,
    ),
    "qbft": Codec(
        qbft.read_header,
        ethereum.encoded_header,
        transactions.read_transaction,
        keccak,
        _ethereum_receipt,
        ethereum.read_account,
        qbft.counted,
    ),
    "kaia": Codec(
        kaia.read_header,
        kaia.encoded_header,
        kaia_contents.read_transaction,
        kaia_contents.transaction_hash,
        kaia_contents.read_receipt,
        kaia_contents.read_account,
        _in_turn,
    ),
}
"""The codecs by name: plain Ethereum (development nodes), QBFT (Hyperledger Besu), Kaia's Istanbul BFT."""

_OF_NODES = {"klaytn": "kaia", "kaia": "kaia", "besu": "qbft"}


def codec_name(engine: str) -> str:
    """The name of the codec for an engine, by how its nodes call themselves (`web3_clientVersion`)."""
    return _OF_NODES.get(engine, "ethereum")


def trusted_genesis(engine: str, genesis: bytes, epoch: int | None) -> ValidatorSet:
    """The validators that a genesis header names; the epoch is needed where the header does not say it.

    Raises:
        BadHeader: it is no genesis of the engine, or of another epoch.
    """
    if engine == "qbft":
        return qbft.genesis(genesis, Consensus(engine, epoch or qbft.EPOCH))
    trusted = kaia.genesis(genesis)
    if epoch not in (None, trusted.consensus.epoch):
        raise BadHeader("epoch", trusted.consensus.epoch, epoch, 0)
    return trusted


def follow(trusted: ValidatorSet, header: Header, certificate: Certificate | None = None) -> ValidatorSet:
    """The validators after a block, if it follows the trusted one and enough of its validators sealed it.

    Args:
        trusted: The validators after the block before.
        header: The block's header, as the engine's codec reads it.
        certificate: Its certificate, if it was recovered already (`certify`), by another process maybe.

    Raises:
        BadHeader: anything of the header, its certificate or its vote is not as it must be.
    """
    count = CODECS[trusted.consensus.engine].counted
    if count is None:
        raise BadHeader("seals", "those of a BFT engine", trusted.consensus.engine, header.number)
    certificate = certificate or certify(header)
    check(trusted, header, certificate)
    return count(trusted, header, certificate)
