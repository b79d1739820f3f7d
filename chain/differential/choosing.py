"""Choosing what is done next: plausible for the state the ledger is in, and some of it spoiled."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from chain import events
from chain.deployment import DAY
from chain.differential.steps import InnerCall, Step, World, inputs_of
from chain.rules.participants import accounts_of
from chain.rules.policies import policy_at
from chain.rules.state import NOBODY, Encumbrance, Ledger, ReceivableState, Role, Status

Kind = Callable[["Chooser", Ledger, int], Step | None]
"""Makes a step for a ledger at a time, or None where there is nothing to do of that kind."""

RECENT = 300
"""Most is done with what came last, so that a long history does not spread over ever more of the same."""

MOST = 2**48 - 1
"""The greatest amount there is."""

NONE = bytes(32)


def chance(seed: int) -> random.Random:
    """The choices of a seed."""
    return random.Random(seed)  # noqa: S311 - keeps no secret


@dataclass
class Chooser:
    """Chooses the next step, of `kinds`, by the choices of `random`.

    `calls` and `drafts` remember what was proposed and drafted, which the ledger keeps only as a hash, and
    `accepted` the latest acceptances of quotes, whose signatures must not serve again. `haste` is how often
    time leaps, `spoiled` how often a step is spoiled.
    """

    random: random.Random
    world: World
    kinds: Sequence[Kind]
    haste: float = 0.06
    spoiled: float = 0.3
    calls: dict[int, tuple[InnerCall, ...]] = field(default_factory=dict)
    drafts: dict[int, Step] = field(default_factory=dict)
    accepted: list[Step] = field(default_factory=list)
    made: int = 0
    now: int = 0
    _keys: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def accounts(self) -> list[str]:
        """Everybody's accounts, admitted or not: all can sign."""
        return list(self.world.signers)

    def fresh(self) -> bytes:
        """A commitment that nobody has used."""
        self.made += 1
        return b"\xf0" + self.made.to_bytes(31, "big")

    def remember(self, step: Step, happened: tuple[events.Event, ...]) -> None:
        """Notes what a step proposed or drafted, and forgets what is refused when it is to be done."""
        if not happened and step.function in ("execute", "check"):
            (self.calls if step.function == "execute" else self.drafts).pop(step.arguments[0], None)
        for event in happened:
            if isinstance(event, events.QuoteAccepted) and step.function == "acceptQuote":
                self.accepted = [*self.accepted[-20:], step]
            elif isinstance(event, events.ProposalMade):
                self.calls[event.id] = tuple(step.arguments[0])
            elif isinstance(event, events.DraftMade):
                target, data = step.arguments
                self.drafts[event.id] = Step("Desk", "check", "", (event.id, target, data))

    def step(self, ledger: Ledger, now: int) -> Step:
        """A step for the state that the ledger is in, plausible or spoiled."""
        self.now = now
        while True:
            chosen = self.random.choice(self.kinds)(self, ledger, now)
            if chosen is not None:
                return self.spoil(ledger, chosen) if self.random.random() < self.spoiled else chosen

    def time(self, ledger: Ledger, now: int) -> int:
        """When the next step is taken: mostly soon, now and then right before or after something ends."""
        if self.random.random() >= self.haste:
            return now + self.random.randrange(60)
        if self.random.random() < 0.3:
            return now + self.random.randrange(DAY)
        ends = sorted(end for end in self._ends(ledger) if now < end - 1 <= now + 8 * DAY)
        return self.random.choice(ends[:3]) + self.random.randrange(-2, 2) if ends else now + DAY

    def keys(self, ledger: Ledger, of: str) -> list[Any]:
        """The keys of one of the ledger's dictionaries, in the order in which they came."""
        entries: dict[Any, Any] = getattr(ledger, of)
        known = self._keys.setdefault(of, [])
        if len(known) < len(entries):
            newest = reversed(entries)
            known += reversed([next(newest) for _ in range(len(entries) - len(known))])
        return known

    def recent(self, ledger: Ledger, of: str) -> list[Any]:
        """Those of the keys that most is done with."""
        keys = self.keys(ledger, of)
        return keys[-RECENT:] if self.random.random() < 0.9 else keys

    def find(self, ledger: Ledger, of: str, wanted: Callable[[Any, Any], object], tries: int = 40) -> Any:
        """A key whose entry is wanted, the newer the likelier; None where none is found in so many tries."""
        keys, entries = self.recent(ledger, of), getattr(ledger, of)
        for _ in range(tries if keys else 0):
            key = keys[-1 - int(len(keys) * self.random.random() ** 2)]
            if wanted(key, entries[key]):
                return key
        return None

    def some(self, ledger: Ledger, of: str) -> Any:
        """Any key; None where there is none."""
        keys = self.keys(ledger, of)
        return self.random.choice(keys) if keys else None

    def account(self, ledger: Ledger, number: int, roles: int = 0) -> str:
        """An account of a participant whose key is known, able to act in the roles if one is."""
        participant = ledger.participant.get(number)
        own = [a for a in accounts_of(ledger, number) if a in self.world.signers] if participant else []
        accounts = {a: ledger.account[a] for a in own}
        able = [a for a, known in accounts.items() if known.valid_until >= self.now]
        able = [a for a in able if not roles or accounts[a].roles & roles] or able
        return self.random.choice(able or own or self.accounts)

    def anyone(self, ledger: Ledger, roles: int, *but: int) -> int:
        """A participant with one of the roles, who nearly always may act."""
        numbers = self.keys(ledger, "participant")
        for _ in range(30):
            number = self.random.choice(numbers)
            participant = ledger.participant[number]
            able = participant.status == Status.ACTIVE and participant.valid_until >= self.now
            able = able or self.random.random() < 0.02
            if participant.roles & roles and number not in but and able:
                return int(number)
        return int(self.random.choice(numbers))

    def governing(self, ledger: Ledger) -> dict[str, int]:
        """The governors whose keys are known, with their bits plus one."""
        return {a: bit for a, bit in ledger.governor.items() if bit and a in self.world.signers}

    def sender(self, ledger: Ledger, role: Role) -> str:
        """An account that acts in a role."""
        return self.account(ledger, self.anyone(ledger, role), role)

    def policy(self, ledger: Ledger, name: bytes, now: int, otherwise: int) -> int:
        """A parameter's value, or another where none is set."""
        return policy_at(ledger, name, now) if ledger.policy_versions.get(name) else otherwise

    def amount(self, whole: int) -> int:
        """A part of an amount, often all of it, seldom more."""
        parts = [whole, whole, 1, whole // 2, whole // 3, whole + 1]
        return min(max(self.random.choice(parts), 1), MOST)

    def reference(self, ledger: Ledger) -> bytes:
        """A payment's reference, seldom one that was used."""
        used = self.some(ledger, "reference_used") if self.random.random() < 0.05 else None
        return used or self.fresh()

    def spoil(self, ledger: Ledger, step: Step) -> Step:
        """The step by somebody else, or with one argument changed."""
        inputs = inputs_of(step.contract, step.function)
        if not inputs or self.random.random() < 0.35:
            return replace(step, sender=self.random.choice(self.accounts))
        at = self.random.randrange(len(inputs))
        changed = self._other(ledger, inputs[at], step.arguments[at])
        return replace(step, arguments=(*step.arguments[:at], changed, *step.arguments[at + 1 :]))

    def _other(self, ledger: Ledger, of: Mapping[str, Any], value: Any) -> Any:
        """Another value of an argument's type."""
        kind = of["type"]
        if kind.endswith("[]"):
            return self._other_list(ledger, {**of, "type": kind[:-2]}, list(value))
        if kind == "tuple":
            return self._other_record(ledger, of["components"], value)
        if of.get("internalType", "").startswith("enum "):
            return self.random.randrange(3)
        if kind == "bytes32":
            of_what = self.random.choice(["attestation", "invoice", "reference_used", "job"])
            return self.random.choice([NONE, self.some(ledger, of_what) or NONE, self.fresh()])
        if kind == "address" and of["name"] == "target":
            # Whether there is a contract elsewhere no rule can know.
            return self.random.choice(list(self.world.addresses.values()))
        if kind == "address":
            return self.random.choice([*self.accounts, *self.world.addresses.values(), NOBODY])
        if kind == "bool":
            return not value
        if kind == "string":
            return self.random.choice(["", "another"])
        if kind == "bytes":
            return value[:-1] if value and len(value) != 65 else value
        most = 2 ** int(kind[4:]) - 1
        others = (0, 1, value + 1, value - 1, 2 * value, most, value + self.random.randrange(10))
        return min(max(self.random.choice(others), 0), most)

    def _other_list(self, ledger: Ledger, of: Mapping[str, Any], value: list[Any]) -> list[Any]:
        if not value or self.random.random() < 0.5:
            return self.random.choice([[], value * 2, value * 6, value[:-1]])
        at = self.random.randrange(len(value))
        return [*value[:at], self._other(ledger, of, value[at]), *value[at + 1 :]]

    def _other_record(self, ledger: Ledger, components: Sequence[Mapping[str, Any]], value: Any) -> Any:
        at = self.random.randrange(len(components))
        if not is_dataclass(value):
            return (*value[:at], self._other(ledger, components[at], value[at]), *value[at + 1 :])
        name = fields(value)[at].name
        changed = {name: self._other(ledger, components[at], getattr(value, name))}
        return replace(value, **changed)  # type: ignore[type-var]

    def _ends(self, ledger: Ledger) -> list[int]:
        """When some of what is recent ends."""
        ends: list[int] = []
        for number in self._sample(ledger, "receivable"):
            receivable = ledger.receivable[number]
            ends += [receivable.due_at] * (receivable.state == ReceivableState.OPEN)
        for number in self._sample(ledger, "voucher"):
            voucher = ledger.voucher[number]
            ends += [voucher.until] * (voucher.encumbrance != Encumbrance.FREE)
        ends += [ledger.attestation[key].expires_at for key in self._sample(ledger, "attestation")]
        ends += [ledger.consent[key].expires_at for key in self._sample(ledger, "consent")]
        return ends

    def _sample(self, ledger: Ledger, of: str) -> list[Any]:
        keys = self.recent(ledger, of)
        return self.random.sample(keys, min(len(keys), 30))
