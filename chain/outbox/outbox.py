"""The outbox: a database, the nodes of one chain, and the signers whose nonces it gives out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine as Database

from chain.artifacts import CONTRACTS
from chain.database import migrate
from chain.deployment import Manifest
from chain.rpc import Header, Rpc
from chain.signing import Signer
from chain.signing.policy import PolicedSigner, policy_of

Finalised = Callable[[Header], bool]
"""Whether a block is final, as the engine says."""

Price = Callable[[int | None], int]
"""What a transaction bids, in wei a gas, given the newest block's base fee (None where there is none)."""


def twice_the_base_fee(base_fee: int | None) -> int:
    """A bid that holds while the base fee rises; nothing where gas is free."""
    return 2 * (base_fee or 0)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the outbox behaves.

    Attributes:
        window: at most so many nonces of a signer, from the first that no block has, are with the nodes.
        resubmit_after: how long after a transaction was sent it is sent again, unchanged, to every node.
        expire_after: how long after a transaction was queued its nonce is given to an empty one instead.
        confirmations: blocks on top that make a block final, on engines that do not say it themselves.
        poll: how long the worker sleeps between two rounds; what comes in meanwhile goes out together.
        reversible: whether the chain may take blocks back: development engines. On any other that is an
            alarm.
    """

    window: int = 512
    resubmit_after: timedelta = timedelta(seconds=10)
    expire_after: timedelta = timedelta(minutes=10)
    confirmations: int = 0
    poll: timedelta = timedelta(milliseconds=100)
    reversible: bool = False


@dataclass(frozen=True)
class Outbox:
    """Everything the functions of this package need.

    `nodes` are of one chain. Questions are put to them in their order; transactions are spread over them.
    """

    database: Database
    chain_id: int
    contracts: frozenset[str]
    nodes: tuple[Rpc, ...]
    signers: Mapping[str, Signer] = field(repr=False)
    settings: Settings = field(default_factory=Settings)
    finalised: Finalised | None = None
    price: Price = twice_the_base_fee

    @property
    def at_once(self) -> bool:
        """Whether a block is final as soon as it is there."""
        return self.finalised is None and not self.settings.confirmations

    def is_final(self, block: Header, head: int) -> bool:
        """Whether a block is final, with the chain's head at a number."""
        if self.finalised is not None:
            return self.finalised(block)
        return block.number + self.settings.confirmations <= head


def open_outbox(
    database: Database,
    manifest: Manifest,
    nodes: Sequence[Rpc],
    signers: Sequence[Signer],
    settings: Settings | None = None,
    finalised: Finalised | None = None,
    price: Price = twice_the_base_fee,
) -> Outbox:
    """An outbox for a ledger. Its signers sign only what the ledger's policy allows.

    Args:
        database: brought to its newest form.
        manifest: of the ledger.
        nodes: of its chain, at least one; the first that answers is asked.
        signers: whose nonces this database gives out. Nobody else may sign with their keys.
        settings: how it behaves.
        finalised: the engine's word on a block; without one, `settings.confirmations` decide.
        price: what a transaction bids.

    Raises:
        ValueError: there is no node.
    """
    if not nodes:
        raise ValueError("an outbox needs a node")
    migrate(database)
    policy = policy_of(manifest)
    return Outbox(
        database=database,
        chain_id=manifest.chain_id,
        contracts=frozenset(manifest.addresses[name] for name in CONTRACTS),
        nodes=tuple(nodes),
        signers={signer.address: PolicedSigner(signer, policy) for signer in signers},
        settings=settings or Settings(),
        finalised=finalised,
        price=price,
    )
