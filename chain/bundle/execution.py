"""The second derivation: from what was called, by the rules, to the events there must be.

The first derivation (`chain.derivation`) believes that the log tells what was called. This one takes the
calls from the signed transactions, so that the two agree only if the contracts logged what was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from chain import events as ev
from chain.artifacts import artifact
from chain.bundle.calls import Call, CallRefused, InnerCall, read_call
from chain.bundle.functions import RULES
from chain.bundle.signatures import Domains
from chain.logs import checksummed
from chain.rules import participants
from chain.rules.state import Ledger, Moment


@dataclass(frozen=True, slots=True)
class Creation:
    """A transaction that made one of the contracts: which, and the arguments of its constructor."""

    contract: str
    arguments: tuple[Any, ...]


@dataclass(slots=True)
class Execution:
    """A ledger that grows call by call; `contract_of` is by address, `domains` as `calls` has them."""

    ledger: Ledger
    contract_of: Mapping[bytes, str]
    domains: Domains
    deployed: set[str] = field(default_factory=set)

    def create(self, creation: Creation) -> tuple[ev.Event, ...]:
        """What a contract's constructor logs.

        Raises:
            LedgerRefusal: the rules refuse its arguments.
        """
        self.deployed.add(creation.contract)
        if creation.contract != "Participants":
            return ()
        governors, threshold = creation.arguments
        return participants.found(self.ledger, tuple(governors), threshold)

    def take(self, call: Call, at: Moment) -> tuple[ev.Event, ...]:
        """What the contracts log of a call that succeeds.

        Raises:
            LedgerRefusal: the rules refuse it; the state is spoiled if it makes calls of its own.
            CallRefused: so do the contracts, before any rule.
        """
        if not call.changes:
            return ()
        happened = RULES[call.contract, call.function](self.ledger, at, *call.arguments)
        for inner in call.inner:
            happened += self._inner(inner, Moment(at.now, self._speaker(call)))
        return happened

    def calls_elsewhere(self, call: Call) -> bool:
        """Whether it calls, or drafts a call of, no contract of the ledger: what is there may refuse it."""
        if (call.contract, call.function) == ("Desk", "make"):
            return bytes.fromhex(call.arguments[0][2:]) not in self.contract_of
        for target, data in call.inner:
            contract = self.contract_of.get(target)
            if contract is None:
                return True
            try:
                inner = read_call(contract, data, self.domains)
            except CallRefused:
                continue
            if self.calls_elsewhere(inner):
                return True
        return False

    def trial(self) -> Execution:
        """The same state, to try a call on: records are frozen, so copies of the dictionaries are enough."""
        twin = copy(self.ledger)
        for each in fields(twin):
            value = getattr(twin, each.name)
            if isinstance(value, dict):
                setattr(twin, each.name, dict(value))
        return Execution(twin, self.contract_of, self.domains, set(self.deployed))

    def _speaker(self, call: Call) -> str:
        """Whom the calls that a call makes come from: governance, or the hand of a draft's participant."""
        if call.contract == "Participants":
            return self.ledger.governance
        return self.ledger.hand[self.ledger.draft[call.arguments[0]].number]

    def _inner(self, inner: InnerCall, at: Moment) -> tuple[ev.Event, ...]:
        """A call by governance or a hand; what it does outside the ledger leaves no trace in it."""
        target, data = inner
        contract = self.contract_of.get(target)
        if contract is None:
            return ()
        if contract not in self.deployed:
            raise CallRefused("no-contract")
        return self.take(read_call(contract, data, self.domains), at)


def read_creation(contract: str, data: bytes) -> Creation:
    """Reads the data of a transaction that made a contract: the artifact's code, then the arguments.

    Raises:
        CallRefused: the code is not that of the artifact, or the arguments are not encoded canonically.
    """
    code = artifact(contract).bytecode
    if not data.startswith(code):
        raise CallRefused("another-code")
    (constructor,) = (entry for entry in artifact(contract).abi if entry["type"] == "constructor")
    types = [
        f"({','.join(part['type'] for part in argument['components'])})"
        if argument["type"] == "tuple"
        else argument["type"]
        for argument in constructor["inputs"]
    ]
    try:
        arguments = decode(types, data[len(code) :])
    except DecodingError as error:
        raise CallRefused("bad-calldata") from error
    if encode(types, arguments) != data[len(code) :]:
        raise CallRefused("bad-calldata")
    return Creation(contract, tuple(map(_record, arguments)))


def _record(value: Any) -> Any:
    if isinstance(value, str):
        return checksummed(bytes.fromhex(value[2:]))
    if isinstance(value, tuple):
        return tuple(map(_record, value))
    return value
