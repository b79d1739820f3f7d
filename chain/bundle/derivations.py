"""Two derivations of one ledger, side by side: from its log, and from what was called."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from itertools import zip_longest

from chain import events as ev
from chain.artifacts import CONTRACTS
from chain.bundle.blocks import CheckedBlock, Entry
from chain.bundle.calls import Call, CallRefused
from chain.bundle.checkpoints import Touched
from chain.bundle.divergence import diverge
from chain.bundle.execution import Creation, Execution
from chain.deployment import Manifest, constructor_arguments, empty_ledger
from chain.derivation import Derivation, Diverged
from chain.errors import LedgerRefusal
from chain.logs import LoggedEvent
from chain.rules.invariants import INVARIANTS
from chain.rules.state import Ledger, Moment


@dataclass(slots=True)
class Derivations:
    """Both derivations up to a block; `checkpoint` is how many blocks with events make one."""

    manifest: Manifest
    logged: Derivation
    called: Execution
    checkpoint: int
    touched: Touched = field(default_factory=Touched)
    refused: Counter[str] = field(default_factory=Counter)
    transactions: int = 0
    events: int = 0
    checkpoints: int = 0
    _blocks: int = 0

    def take(self, block: CheckedBlock) -> None:
        """Derives what a block did to the ledger.

        Raises:
            Diverges: rules, log and calls do not agree, or an invariant is broken.
        """
        events = self.events
        for entry in block.entries:
            self._take(entry, block.header.number, block.header.timestamp)
            self.transactions += 1
        if self.events > events:
            self._blocks += 1
            if self._blocks % self.checkpoint == 0:
                self._check(block.header.number)

    def finish(self, block: int) -> None:
        """Checks the final state: the whole of it against every invariant, and each derivation by the other.

        Raises:
            Diverges: they do not agree.
        """
        missing = [name for name in CONTRACTS if name not in self.called.deployed]
        if missing:
            address = self.manifest.addresses[missing[0]]
            raise diverge("deployment", missing[0], f"made at {address}", "never made", block)
        for check in INVARIANTS:
            for breach in check(self.logged.ledger):
                raise diverge("invariant", check.__name__, "no breach", breach, block)
        by_log, by_calls = self.logged.ledger, self.called.ledger
        for each in fields(Ledger):
            from_log, from_calls = getattr(by_log, each.name), getattr(by_calls, each.name)
            if from_log != from_calls:
                raise diverge("state", each.name, from_calls, from_log, block)

    def _check(self, block: int) -> None:
        self.checkpoints += 1
        for invariant, breach in self.touched.breaches(self.logged.ledger):
            raise diverge("invariant", invariant, "no breach", breach, block)

    def _take(self, entry: Entry, block: int, now: int) -> None:
        if not entry.succeeded:
            self._fail(entry, block, now)
            return
        made = self._call(entry, block, now)
        self._compare(entry, made, block)
        transaction = entry.hash.hex()
        for index, contract, event in entry.events:
            try:
                self.logged.take(LoggedEvent(event, contract, block, transaction, index), now)
            except Diverged as found:
                kind = f"{contract}.{type(event).__name__}"
                raise diverge("derivation", kind, found.why, event, block, entry.hash, index) from found
            self.touched.note(event)
        self.events += len(entry.events)

    def _call(self, entry: Entry, block: int, now: int) -> tuple[ev.Event, ...]:
        """What a successful transaction must have logged."""
        did, at = entry.did, (block, entry.hash)
        try:
            match did:
                case Creation():
                    self._check_creation(did, block, entry.hash)
                    return self.called.create(did)
                case Call() if did.contract in self.called.deployed:
                    if entry.value:
                        raise diverge("call", "value", 0, entry.value, *at)
                    return self.called.take(did, Moment(now, entry.sender))
                case str():
                    raise diverge("call", "status", f"refused by {did}", "succeeded", *at)
                case _:
                    return ()
        except (LedgerRefusal, CallRefused) as refusal:
            expected = f"refused by {refusal.rule}: {refusal}"
            raise diverge("call", "status", expected, "succeeded", *at) from refusal
        except KeyError as missing:
            raise diverge("call", "arguments", "what exists", missing.args[0], *at) from missing

    def _check_creation(self, creation: Creation, block: int, transaction: bytes) -> None:
        """A contract's constructor was given what the manifest says."""
        manifest = self.manifest
        made_with = constructor_arguments(manifest.addresses, manifest.governors, manifest.threshold)
        expected = made_with[creation.contract]
        if creation.contract in self.called.deployed:
            raise diverge("deployment", creation.contract, "made once", "made again", block, transaction)
        if creation.arguments != expected:
            field = f"{creation.contract} constructor"
            raise diverge("deployment", field, expected, creation.arguments, block, transaction)

    def _compare(self, entry: Entry, made: tuple[ev.Event, ...], block: int) -> None:
        """The events that the rules made are those of the receipt, in order."""
        if len(made) == len(entry.events) and all(
            event == logged[2] for event, logged in zip(made, entry.events, strict=True)
        ):
            return
        for event, logged in zip_longest(made, entry.events):
            at = (block, entry.hash, logged[0] if logged else None)
            if logged is None:
                raise diverge("event", type(event).__name__, event, "no such event", *at)
            got = logged[2]
            if event is None:
                elsewhere = " (the transaction goes elsewhere)" if entry.did is None else ""
                raise diverge("event", type(got).__name__, f"no event{elsewhere}", got, *at)
            if type(event) is not type(got):
                raise diverge("event", "event", type(event).__name__, type(got).__name__, *at)
            for each in fields(event):  # type: ignore[arg-type]
                expected, value = getattr(event, each.name), getattr(got, each.name)
                if expected != value:
                    raise diverge("event", f"{type(event).__name__}.{each.name}", expected, value, *at)

    def _fail(self, entry: Entry, block: int, now: int) -> None:
        """A failed transaction is one that the rules refuse, or that ran out of gas."""
        rule = self._refusal(entry, now)
        if rule is None and entry.out_of_gas:
            rule = "out-of-gas"
        if rule is None:
            raise diverge("call", "status", "succeeded: no rule refuses it", "failed", block, entry.hash)
        self.refused[rule] += 1

    def _refusal(self, entry: Entry, now: int) -> str | None:
        """The rule that refuses a call, or None."""
        match entry.did:
            case str() as rule:
                return rule
            case Call() as did if did.contract in self.called.deployed:
                if entry.value:
                    return "sends-value"
                if not did.changes:
                    return "only-reads"
                trial = self.called.trial() if entry.out_of_gas or did.inner else self.called
                try:
                    trial.take(did, Moment(now, entry.sender))
                except (LedgerRefusal, CallRefused) as refusal:
                    return refusal.rule
                except KeyError:
                    return "unknown-entry"
                return "foreign-call" if self.called.calls_elsewhere(did) else None
            case _:
                return "not-deployed"


def derivations(manifest: Manifest, called: Execution, checkpoint: int) -> Derivations:
    """Two derivations of a ledger that has not begun."""
    return Derivations(manifest, Derivation(empty_ledger(manifest)), called, checkpoint)
