"""Random steps of a ledger's life, taken both by the contracts and by the rules.

A step is a verb, the account that sends it and its arguments. Steps are chosen to be plausible for the state
the ledger is in and then, some of them, spoiled: sent by somebody else, or with one argument changed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from typing import Any

from chain import errors, events
from chain.artifacts import artifact
from chain.deployment import DAY
from chain.ledger import OpenLedger
from chain.rules import attestations, computations, participants, receivables, settlement, vouchers
from chain.rules.attestations import is_valid
from chain.rules.share import share
from chain.rules.state import (
    Encumbrance,
    Ledger,
    Leg,
    Life,
    Moment,
    Policy,
    Quote,
    ReceivableState,
    Role,
    Status,
    number_of_voucher,
    receivable_of,
)
from chain.sending import Sent
from chain.signing import Signer

Rule = Callable[..., tuple[events.Event, ...]]
GovernedCall = tuple[str, tuple[Any, ...]]
"""What governors decide on: a name of `GOVERNED` and its arguments."""


@dataclass(frozen=True)
class Step:
    """One call: for `propose` and `execute` the arguments hold governed calls, for `direct` one of them."""

    verb: str
    sender: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Governed:
    """An act of governance: which contract's function, and the rule."""

    contract: str
    function: str
    rule: Rule


GOVERNED: Mapping[str, Governed] = {
    "admit": Governed("participants", "admit", participants.admit),
    "set_roles": Governed("participants", "setRoles", participants.set_roles),
    "suspend": Governed("participants", "suspend", participants.suspend),
    "reinstate": Governed("participants", "reinstate", participants.reinstate),
    "add_governor": Governed("participants", "addGovernor", participants.add_governor),
    "remove_governor": Governed("participants", "removeGovernor", participants.remove_governor),
    "set_threshold": Governed("participants", "setThreshold", participants.set_threshold),
    "add_account": Governed("participants", "addAccount", participants.add_account),
    "remove_account": Governed("participants", "removeAccount", participants.remove_account),
    "register_schema": Governed("attestations", "registerSchema", attestations.register_schema),
    "set_policy": Governed(
        "receivables", "setPolicy", lambda ledger, at, p: receivables.set_policy(ledger, at, Policy(*p))
    ),
}
NOWHERE = "nowhere"
"""The governed call to an account, where there is no contract."""


@dataclass(frozen=True)
class Verb:
    """A client's method and its rule; `function` names the contract's function, for its argument types."""

    contract: str
    function: str
    send: Callable[..., Sent]
    rule: Rule

    @property
    def types(self) -> tuple[str, ...]:
        abi = artifact(self.contract.capitalize()).abi
        (entry,) = (e for e in abi if e["type"] == "function" and e["name"] == self.function)
        return tuple(argument["type"] for argument in entry["inputs"])


def _propose(ledger: OpenLedger, signer: Signer, *arguments: Any) -> Sent:
    names = ("debtor", "creditor", "face", "currency", "due_at", "evidence", "invoice")
    return ledger.receivables.propose(signer, **dict(zip(names, arguments, strict=True)))


def _grant(ledger: OpenLedger, signer: Signer, *arguments: Any) -> Sent:
    names = (
        "counterparty",
        "purpose",
        "protocol",
        "input_",
        "model",
        "budget",
        "expires_at",
    )
    return ledger.computations.grant(signer, **dict(zip(names, arguments, strict=True)))


def _method(contract: str, name: str) -> Callable[..., Sent]:
    def send(ledger: OpenLedger, signer: Signer, *arguments: Any) -> Sent:
        sent: Sent = getattr(getattr(ledger, contract), name)(signer, *arguments)
        return sent

    return send


def _verb(contract: str, function: str, rule: Rule, method: str = "") -> Verb:
    return Verb(contract, function, _method(contract, method or function), rule)


# The rules are looked up when they are called, so that a test can plant a fault in one.
VERBS: Mapping[str, Verb] = {
    "add_account": _verb(
        "participants", "addAccount", lambda *a: participants.add_account(*a), "add_account"
    ),
    "remove_account": _verb(
        "participants", "removeAccount", lambda *a: participants.remove_account(*a), "remove_account"
    ),
    "approve": _verb("participants", "approve", lambda *a: participants.approve(*a)),
    "attest": _verb("attestations", "attest", lambda *a: attestations.attest(*a)),
    "anchor": _verb("attestations", "anchor", lambda *a: attestations.anchor(*a)),
    "revoke": _verb("attestations", "revoke", lambda *a: attestations.revoke(*a)),
    "revoke_leaf": _verb(
        "attestations", "revokeLeaf", lambda *a: attestations.revoke_leaf(*a), "revoke_leaf"
    ),
    "register_invoice": _verb(
        "receivables", "registerInvoice", lambda *a: receivables.register_invoice(*a), "register_invoice"
    ),
    "propose_receivable": Verb(
        "receivables", "propose", _propose, lambda *a: receivables.propose_receivable(*a)
    ),
    "confirm": _verb("receivables", "confirm", lambda *a: receivables.confirm(*a)),
    "reject": _verb("receivables", "reject", lambda *a: receivables.reject(*a)),
    "cancel": _verb("receivables", "cancel", lambda *a: receivables.cancel(*a)),
    "split": _verb("receivables", "split", lambda *a: vouchers.split(*a)),
    "offer": _verb("receivables", "offer", lambda *a: vouchers.offer(*a)),
    "accept": _verb("receivables", "accept", lambda *a: vouchers.accept(*a)),
    "refuse": _verb("receivables", "refuse", lambda *a: vouchers.refuse(*a)),
    "withdraw": _verb("receivables", "withdraw", lambda *a: vouchers.withdraw(*a)),
    "disburse": _verb("receivables", "disburse", lambda *a: vouchers.disburse(*a)),
    "release_lock": _verb("receivables", "releaseLock", lambda *a: vouchers.release_lock(*a), "release_lock"),
    "record_payment": _verb(
        "receivables", "recordPayment", lambda *a: settlement.record_payment(*a), "record_payment"
    ),
    "redeem": _verb("receivables", "redeem", lambda *a: settlement.redeem(*a)),
    "grant": Verb("computations", "grant", _grant, lambda *a: computations.grant(*a)),
    "withdraw_consent": _verb(
        "computations", "withdraw", lambda *a: computations.withdraw_consent(*a), "withdraw"
    ),
    "open_job": _verb("computations", "open", lambda *a: computations.open_job(*a)),
    "complete_job": _verb("computations", "complete", lambda *a: computations.complete_job(*a)),
}
SPECIAL = ("propose", "execute", "direct", "accept_quote")


def copied(ledger: Ledger) -> Ledger:
    """The same state, to be changed on its own: records are frozen, so copying the dictionaries is enough."""
    twin = copy(ledger)
    for each in fields(twin):
        value = getattr(twin, each.name)
        if isinstance(value, dict):
            setattr(twin, each.name, dict(value))
    return twin


def chance(seed: int) -> random.Random:
    """The choices of a seed."""
    return random.Random(seed)  # noqa: S311  (tests keep no secret)


def take_by_rules(
    ledger: Ledger, step: Step, now: int, hash_of: Callable[[tuple[GovernedCall, ...]], bytes]
) -> tuple[events.Event, ...]:
    """Takes a step by the rules: the ledger changes and what happened is returned, or it is refused."""
    at = Moment(now, step.sender)
    match step.verb:
        case "propose":
            return participants.propose(ledger, at, hash_of(step.arguments))
        case "execute":
            number, calls = step.arguments
            trial = copied(ledger)
            happened = participants.execute(trial, at, number, hash_of(calls))
            for name, arguments in calls:
                if name == NOWHERE:
                    raise errors.NoContract(*arguments)
                happened += GOVERNED[name].rule(trial, Moment(now, ledger.governance), *arguments)
            for each in fields(ledger):
                setattr(ledger, each.name, getattr(trial, each.name))
            return happened
        case "direct":
            name, arguments = step.arguments
            return GOVERNED[name].rule(ledger, at, *arguments)
        case "accept_quote":
            return vouchers.accept_quote(ledger, at, *step.arguments)
        case _:
            return VERBS[step.verb].rule(ledger, at, *step.arguments)


def encoded_calls(ledger: OpenLedger, calls: tuple[GovernedCall, ...]) -> list[tuple[str, bytes]]:
    """Governed calls as a proposal has them."""
    return [
        (arguments[0], b"")
        if name == NOWHERE
        else getattr(ledger, GOVERNED[name].contract).encoded(GOVERNED[name].function, *arguments)
        for name, arguments in calls
    ]


def take_on_chain(ledger: OpenLedger, signers: Mapping[str, Signer], step: Step) -> tuple[events.Event, ...]:
    """Takes a step through the clients: what happened is returned, or it is refused."""
    signer = signers[step.sender]
    match step.verb:
        case "propose":
            sent = ledger.participants.propose(signer, encoded_calls(ledger, step.arguments))
        case "execute":
            number, calls = step.arguments
            sent = ledger.participants.execute(signer, number, encoded_calls(ledger, calls))
        case "direct":
            name, arguments = step.arguments
            governed = GOVERNED[name]
            sent = getattr(ledger, governed.contract)._send(signer, governed.function, *arguments)
        case "accept_quote":
            quote, signed_by = step.arguments
            signature = ledger.receivables.sign_quote(signers[signed_by], quote)
            sent = ledger.receivables.accept_quote(signer, quote, signature)
        case _:
            sent = VERBS[step.verb].send(ledger, signer, *step.arguments)
    return tuple(logged.event for logged in sent.events)


@dataclass
class Chooser:
    """Chooses the next step; `accounts` are everybody's, admitted or not, and can all sign.

    `calls` remembers what was proposed, which the ledger keeps only as a hash.
    """

    random: random.Random
    accounts: list[str]
    calls: dict[int, tuple[GovernedCall, ...]] = field(default_factory=dict)
    made: int = 0
    spoiled: float = 0.3
    now: int = 0

    def fresh(self) -> bytes:
        self.made += 1
        return b"\xf0" + self.made.to_bytes(31, "big")

    def remember(self, step: Step, happened: tuple[events.Event, ...]) -> None:
        """Notes what a successful step proposed."""
        for event in happened:
            if isinstance(event, events.ProposalMade):
                self.calls[event.id] = step.arguments

    def time(self, ledger: Ledger, now: int) -> int:
        """When the next step is taken: mostly soon, now and then right before or after something ends."""
        draw = self.random.random()
        if draw < 0.9:
            return now + self.random.randrange(60)
        if draw < 0.93:
            return now + self.random.randrange(DAY)
        policy = receivables.policy_of(ledger)
        ends = [r.due_at for r in ledger.receivable.values() if r.state == ReceivableState.CONFIRMED]
        ends += [lock.disburse_by for lock in ledger.lock.values()]
        ends += [
            v.since + policy.offer_period
            for v in ledger.voucher.values()
            if v.encumbrance == Encumbrance.OFFERED
        ]
        ends += [a.expires_at for a in ledger.attestation.values()]
        ends += [c.expires_at for c in ledger.consent.values()]
        soon = sorted(end for end in ends if now < end - 1 <= now + 8 * DAY)
        return self.random.choice(soon[:3]) + self.random.randrange(-2, 2) if soon else now + DAY

    def step(self, ledger: Ledger, now: int) -> Step:
        """A step for the state that the ledger is in, plausible or spoiled."""
        self.now = now
        while True:
            kind = self.random.choice(_KINDS)
            chosen = kind(self, ledger, now)
            if chosen is not None:
                return self._spoil(ledger, chosen) if self.random.random() < self.spoiled else chosen

    def account(self, ledger: Ledger, number: int) -> str:
        """An account of a participant."""
        own = [a for a, n in ledger.number_of.items() if n == number]
        return self.random.choice(own or self.accounts)

    def anyone(self, ledger: Ledger, roles: int, *but: int) -> int:
        """A participant with one of the roles, who nearly always may act."""
        able = [
            n
            for n, p in ledger.participant.items()
            if p.roles & roles
            and n not in but
            and ((p.status == Status.ACTIVE and p.valid_until > self.now) or self.random.random() < 0.03)
        ]
        return self.random.choice(able or list(ledger.participant))

    def governor(self, ledger: Ledger) -> str:
        return self.random.choice([a for a, bit in ledger.governor.items() if bit] or self.accounts)

    def one(self, found: Iterator[Any]) -> Any:
        """One of what was found, the newer the likelier; None of nothing."""
        among = list(found)
        return among[-1 - int(len(among) * self.random.random() ** 2)] if among else None

    def _spoil(self, ledger: Ledger, step: Step) -> Step:
        if step.verb in SPECIAL or not step.arguments or self.random.random() < 0.4:
            return replace(step, sender=self.random.choice(self.accounts))
        types = VERBS[step.verb].types
        at = self.random.randrange(len(types))
        other = self._other(ledger, types[at], step.arguments[at])
        return replace(step, arguments=(*step.arguments[:at], other, *step.arguments[at + 1 :]))

    def _other(self, ledger: Ledger, of_type: str, value: Any) -> Any:
        if of_type == "bytes32":
            known = [bytes(32), *ledger.attestation, *ledger.invoice, *ledger.reference_used, *ledger.job]
            return self.random.choice([*known[:1], self.random.choice(known), self.fresh()])
        if of_type == "address":
            return self.random.choice([*self.accounts, participants.ZERO_ADDRESS])
        if of_type.startswith("uint") and not of_type.endswith("]"):
            most = 2 ** int(of_type[4:]) - 1
            others = (0, 1, value + 1, value - 1, 2 * value, most, value + self.random.randrange(10))
            return min(max(self.random.choice(others), 0), most)
        if of_type == "uint24[]":
            return self.random.choice([[], value * 2, [*value, 99], [*value, 1]])
        return [self._other_leg(ledger, leg) for leg in value] * self.random.choice([1, 1, 2, 6])

    def _other_leg(self, ledger: Ledger, leg: Leg) -> Leg:
        return self.random.choice(
            [
                replace(leg, to=self.random.randrange(len(ledger.participant) + 2)),
                replace(leg, length=leg.length * self.random.randrange(4)),
                replace(leg, evidence=bytes(32)),
            ]
        )


Kind = Callable[[Chooser, Ledger, int], Step | None]


def _attest(c: Chooser, ledger: Ledger, now: int) -> Step:
    attester = c.anyone(ledger, Role.ATTESTER)
    expires_at = c.random.choice([0, 0, 0, now + c.random.randrange(1, 30 * DAY)])
    level = c.random.choice([0, 1, 2, 3, 3, 3, 4, 4])
    schema = c.random.randrange(1, len(ledger.schema) + 1)
    return Step("attest", c.account(ledger, attester), (c.fresh(), schema, c.fresh(), level, expires_at))


def _anchor(c: Chooser, ledger: Ledger, now: int) -> Step:
    attester = c.anyone(ledger, Role.ATTESTER)
    count = c.random.randrange(1, 600)
    return Step("anchor", c.account(ledger, attester), (c.fresh(), 1, count, now + 300 * DAY, c.fresh()))


def _revoke(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    found = c.one(k for k in ledger.attestation.items())
    if found is None:
        return None
    commitment, attestation = found
    sender = c.account(ledger, attestation.attester)
    if attestation.count and c.random.random() < 0.7:
        return Step("revoke_leaf", sender, (commitment, c.random.randrange(attestation.count), c.fresh()))
    return Step("revoke", sender, (commitment, c.fresh()))


def _invoice(c: Chooser, ledger: Ledger, _now: int) -> Step:
    total = c.random.choice([1, 2, 7, 100, 99_999, 10**6, 10**6, 2**47, 2**48 - 1])
    creditor = c.anyone(ledger, Role.SUPPLIER)
    currency = c.random.choice([156, 156, 156, 978])
    sender = c.account(ledger, c.anyone(ledger, Role.ATTESTER))
    return Step("register_invoice", sender, (c.fresh(), creditor, currency, total))


def _receivable(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    at = Moment(now, "")
    careless = c.random.random() < 0.15
    evidence = c.one(
        k for k, a in ledger.attestation.items() if careless or (is_valid(ledger, at, k) and a.level > 1)
    )
    nullifier = c.one(k for k, i in ledger.invoice.items() if i.used < i.total)
    if evidence is None or nullifier is None:
        return None
    invoice = ledger.invoice[nullifier]
    creditor = invoice.creditor if c.random.random() < 0.95 else c.anyone(ledger, Role.SUPPLIER)
    debtor = c.anyone(ledger, Role.DEBTOR, creditor)
    left = invoice.total - invoice.used
    face = c.random.choice([left, max(1, left // 2), max(1, left // 3), left + 1])
    due_at = now + c.random.randrange(1, receivables.policy_of(ledger).max_term)
    sender = c.account(ledger, c.random.choice([debtor, creditor]))
    face = min(face, 2**48 - 1)
    terms = (debtor, creditor, face, invoice.currency, due_at, evidence, nullifier)
    return Step("propose_receivable", sender, terms)


def _answer(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    found = c.one(k for k in ledger.receivable.items() if k[1].state == ReceivableState.PROPOSED)
    if found is None:
        return None
    number, receivable = found
    parties = [receivable.debtor, receivable.creditor]
    proposer, other = parties if receivable.proposed_by_debtor else reversed(parties)
    draw = c.random.random()
    if draw < 0.8:
        return Step("confirm", c.account(ledger, other), (number,))
    if draw < 0.9:
        return Step("reject", c.account(ledger, other), (number, c.fresh()))
    return Step("cancel", c.account(ledger, proposer), (number, c.fresh()))


def _free(c: Chooser, ledger: Ledger, now: int) -> tuple[int, Any] | None:
    found: tuple[int, Any] | None = c.one(
        (n, v)
        for n, v in ledger.voucher.items()
        if v.life == Life.LIVE
        and v.encumbrance == Encumbrance.FREE
        and (
            c.random.random() < 0.05
            or (
                ledger.receivable[receivable_of(n)].due_at > now
                and ledger.receivable[receivable_of(n)].payments == v.payments
            )
        )
    )
    return found


def _split(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    found = _free(c, ledger, now)
    if found is None:
        return None
    number, voucher = found
    legs, left = [], voucher.length
    for _ in range(c.random.choice([1, 1, 2, 3])):
        length = c.random.choice([1, *[max(1, left // n) for n in (4, 3, 3, 2)]])
        to = c.random.choice([voucher.holder, *[c.anyone(ledger, Role.SUPPLIER, voucher.holder)] * 3])
        legs.append(Leg(to, length, c.fresh()))
        left -= length
        if left <= 0:
            break
    return Step("split", c.account(ledger, voucher.holder), (number, voucher.version, legs))


def _offer(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    found = _free(c, ledger, now)
    if found is None:
        return None
    number, voucher = found
    to = c.anyone(ledger, Role.SUPPLIER | Role.FINANCIER, voucher.holder)
    return Step("offer", c.account(ledger, voucher.holder), (number, voucher.version, to, c.fresh()))


def _take(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    found = c.one(k for k in ledger.voucher.items() if k[1].encumbrance == Encumbrance.OFFERED)
    if found is None:
        return None
    number, voucher = found
    draw = c.random.random()
    if draw < 0.75:
        return Step("accept", c.account(ledger, voucher.counterparty), (number, voucher.version))
    if draw < 0.87:
        sender = c.account(ledger, voucher.counterparty)
        return Step("refuse", sender, (number, voucher.version, c.fresh()))
    return Step("withdraw", c.account(ledger, voucher.holder), (number, voucher.version))


def _quote(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    found = _free(c, ledger, now)
    if found is None:
        return None
    number, voucher = found
    financier = c.anyone(ledger, Role.FINANCIER, voucher.holder)
    receivable = ledger.receivable[receivable_of(number)]
    face = voucher.length - share(voucher.start, voucher.length, receivable.paid, receivable.face)
    proceeds = c.random.choice([face, max(1, face - 1), max(1, face // 2)])
    quote = Quote(number, voucher.version, financier, face, proceeds, now + 5 * DAY, c.fresh())
    signer = c.account(ledger, financier)
    if c.random.random() < 0.25:
        quote = replace(
            quote,
            **c.random.choice(
                [
                    {"version": (voucher.version + 1) % 256},
                    {"financier": voucher.holder},
                    {"financier": receivable.debtor},
                    {"financier": c.random.randrange(len(ledger.participant) + 2)},
                    {"face": face + 1 if face < 2**48 - 1 else face - 1},
                    {"face": voucher.length},
                    {"proceeds": 0},
                    {"proceeds": min(face + 1, 2**48 - 1)},
                    {"valid_until": now - 1},
                    {"voucher": number + 1},
                ]
            ),
        )
        signer = c.random.choice([signer, c.random.choice(c.accounts)])
    return Step("accept_quote", c.account(ledger, voucher.holder), (quote, signer))


def _finance(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    found = c.one(k for k in ledger.voucher.items() if k[1].encumbrance == Encumbrance.LOCKED)
    if found is None:
        return None
    number, voucher = found
    lock = ledger.lock[number]
    if c.random.random() < 0.7:
        sender = c.account(ledger, c.anyone(ledger, Role.SETTLEMENT_BANK))
        used = list(ledger.reference_used)
        reference = c.random.choice(used) if used and c.random.random() < 0.1 else c.fresh()
        return Step("disburse", sender, (number, voucher.version, lock.proceeds, reference))
    late = now > lock.disburse_by
    bank = c.anyone(ledger, Role.SETTLEMENT_BANK)
    releasing = c.random.choice([voucher.holder, bank if late else voucher.counterparty])
    return Step("release_lock", c.account(ledger, releasing), (number, voucher.version))


def _pay(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    found = c.one(
        k
        for k in ledger.receivable.items()
        if k[1].state == ReceivableState.CONFIRMED
        and (k[1].due_at < now or k[1].vouchers > 3 or c.random.random() < 0.1)
    )
    if found is None:
        return None
    number, receivable = found
    left = receivable.face - receivable.paid
    amount = c.random.choice([left, left, 1, max(1, left // 2), max(1, left // 3)])
    bank = c.account(ledger, c.anyone(ledger, Role.SETTLEMENT_BANK))
    used = list(ledger.reference_used)
    reference = c.random.choice(used) if used and c.random.random() < 0.1 else c.fresh()
    return Step("record_payment", bank, (number, amount, reference))


def _redeem(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    due = [
        (n, v)
        for n, v in ledger.voucher.items()
        if v.life == Life.LIVE and v.payments < ledger.receivable[receivable_of(n)].payments
    ]
    if not due:
        return None
    first, held = c.random.choice(due)
    receivable = receivable_of(first)
    same = [(n, v) for n, v in due if receivable_of(n) == receivable]
    free = [(n, v) for n, v in same if v.encumbrance != Encumbrance.LOCKED or c.random.random() < 0.1]
    if c.random.random() < 0.6:
        sender = c.account(ledger, c.anyone(ledger, Role.SETTLEMENT_BANK))
        return Step("redeem", sender, (receivable, [number_of_voucher(n) for n, _ in free]))
    own = [number_of_voucher(n) for n, v in free if v.holder == held.holder]
    return Step("redeem", c.account(ledger, held.holder), (receivable, own))


def _consent(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    at = Moment(now, "")
    input_ = c.one(k for k in ledger.attestation if is_valid(ledger, at, k))
    model = c.one(k for k in ledger.attestation if is_valid(ledger, at, k))
    if input_ is None or model is None:
        return None
    owner = c.anyone(ledger, Role.SUPPLIER | Role.DEBTOR)
    bank = c.anyone(ledger, Role.FINANCIER) if c.random.random() < 0.95 else owner
    budget, expires_at = c.random.randrange(1, 4), now + c.random.randrange(1, 40 * DAY)
    return Step(
        "grant",
        c.account(ledger, owner),
        (bank, c.fresh(), c.fresh(), input_, model, budget, expires_at),
    )


def _compute(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    job = c.one(k for k, j in ledger.job.items() if not j.completed_at or c.random.random() < 0.1)
    if job is not None and c.random.random() < 0.4:
        bank = c.account(ledger, ledger.consent[ledger.job[job].consent].counterparty)
        return Step("complete_job", bank, (job, c.fresh(), c.fresh(), c.fresh()))
    found = c.one(k for k in ledger.consent.items())
    if found is None:
        return None
    number, consent = found
    if c.random.random() < 0.15:
        return Step("withdraw_consent", c.account(ledger, consent.owner), (number,))
    return Step("open_job", c.account(ledger, consent.counterparty), (number,))


def _governed_call(c: Chooser, ledger: Ledger, now: int) -> GovernedCall:
    number = c.random.randrange(1, len(ledger.participant) + 1)
    participant = ledger.participant[number]
    account = c.random.choice([*c.accounts, participants.ZERO_ADDRESS])
    roles = c.random.choice([participant.roles, participant.roles, c.random.randrange(1, 128), 0, 128])
    valid_until = now + c.random.choice([400 * DAY, 400 * DAY, 40 * DAY, 0])
    legal_id = c.random.choice([c.fresh(), c.fresh(), ledger.legal_id[number], bytes(32)])
    flows = c.random.choice([0, 7, 15, 16])
    policy = receivables.policy_of(ledger)
    limits = (
        c.random.choice([60, 90]) * DAY,
        policy.offer_period,
        policy.disburse_period,
        c.random.choice([2, 3, 0, 255]),
        c.random.choice([1, 2, 5]),
        c.random.choice([2, 5, 5, 256]),
    )
    held_back = [n for n, p in ledger.participant.items() if p.status == Status.SUSPENDED]
    choices: list[GovernedCall] = [
        ("admit", (legal_id, roles, valid_until, account)),
        ("admit", (c.fresh(), 1 << c.random.randrange(7), now + 400 * DAY, account)),
        ("set_roles", (number, roles, valid_until)),
        ("set_roles", (number, participant.roles, now + 400 * DAY)),
        ("suspend", (number, c.fresh())),
        ("reinstate", (number, c.fresh())),
        *[("reinstate", (held, c.fresh())) for held in held_back] * 2,
        ("add_governor", (account,)),
        ("remove_governor", (c.random.choice([account, c.governor(ledger)]),)),
        ("set_threshold", (c.random.choice([1, 2, 2, 3, 9]),)),
        ("add_account", (number, account)),
        ("remove_account", (account,)),
        ("register_schema", (flows, c.random.random() < 0.5, c.random.choice([c.fresh(), bytes(32)]))),
        ("set_policy", (limits,)),
        ("suspend", (len(ledger.participant) + 1, c.fresh())),
    ]
    return c.random.choice(choices)


def _govern(c: Chooser, ledger: Ledger, now: int) -> Step:
    waiting = [
        n
        for n, p in ledger.proposal.items()
        if not p.executed and n in c.calls and (p.expires_at >= now or c.random.random() < 0.1)
    ][-3:]
    draw = c.random.random()
    if waiting and draw < 0.75:
        number = c.random.choice(waiting)
        approvals = (ledger.proposal[number].approvals & ledger.governors).bit_count()
        if approvals < ledger.threshold and c.random.random() < 0.9:
            able = [
                a
                for a, bit in ledger.governor.items()
                if bit and not ledger.proposal[number].approvals >> (bit - 1) & 1
            ]
            sender = c.random.choice(able) if able and c.random.random() < 0.9 else c.governor(ledger)
            return Step("approve", sender, (number,))
        calls = c.calls[number] if c.random.random() < 0.9 else ()
        return Step("execute", c.governor(ledger), (number, calls))
    if draw < 0.8 and ledger.proposal:
        number = c.random.randrange(1, len(ledger.proposal) + 2)
        return Step("execute", c.governor(ledger), (number, c.calls.get(number, ())))
    if draw < 0.85:
        return Step("direct", c.random.choice(c.accounts), _governed_call(c, ledger, now))
    count = c.random.choice([1, 1, 2])
    decided = [_governed_call(c, ledger, now) for _ in range(count)]
    if c.random.random() < 0.03:
        decided.append((NOWHERE, (c.random.choice([*c.accounts, participants.ZERO_ADDRESS]),)))
    return Step("propose", c.governor(ledger), tuple(decided))


def _accounts(c: Chooser, ledger: Ledger, _now: int) -> Step:
    number = c.random.randrange(1, len(ledger.participant) + 1)
    more = ledger.participant[number].accounts > 1
    if more and c.random.random() < 0.6:
        account = c.account(ledger, number)
        return Step("remove_account", c.account(ledger, number), (account,))
    return Step("add_account", c.account(ledger, number), (number, c.random.choice(c.accounts)))


_KINDS: tuple[Kind, ...] = (
    *(_attest,) * 3,
    _anchor,
    _revoke,
    *(_invoice,) * 2,
    *(_receivable,) * 4,
    *(_answer,) * 6,
    *(_split,) * 4,
    *(_offer,) * 3,
    *(_take,) * 7,
    *(_quote,) * 4,
    *(_finance,) * 4,
    *(_pay,) * 3,
    *(_redeem,) * 4,
    _consent,
    *(_compute,) * 3,
    *(_govern,) * 9,
    _accounts,
)
