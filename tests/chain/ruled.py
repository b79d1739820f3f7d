"""A ledger that lives by the rules alone, without any chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from chain.bundle.execution import Execution
from chain.deployment import DAY, ledger_addresses
from chain.differential.choices import KINDS
from chain.differential.choosing import Chooser, chance
from chain.differential.running import Result, Run, taken
from chain.differential.steps import World
from chain.events import Event
from chain.naming import policy_key
from chain.rules import attestations, financing, invoices, issuance, limits, participants, policies
from chain.rules.state import (
    ALL_ROLES,
    IssueTerms,
    Kind,
    Ledger,
    Moment,
    Quote,
    Statement,
    voucher_id,
)
from tests.chain.scenario import ANCHORS, CNY, GOVERNORS, LIMIT, OUTSIDERS, POLICIES, ROLES, YEARS, signer_of

START = 1_750_000_000
SPARES = tuple(signer_of(f"spare {n}") for n in range(12))
NUMBERS = {name: number for number, name in enumerate((*ROLES, *OUTSIDERS[:2]), 1)}
EVERYBODY = (*(signer_of(name) for name in (*ROLES, *OUTSIDERS)), *GOVERNORS, *SPARES)
ADDRESSES = ledger_addresses(b"\xde" * 20, 0)


@dataclass
class Ruled:
    """The ledger, the time and whoever chooses what is done next."""

    execution: Execution
    chooser: Chooser
    run: Run
    now: int = START

    @property
    def ledger(self) -> Ledger:
        return self.execution.ledger

    def step(self) -> Result:
        self.now = max(self.now + 1, self.chooser.time(self.ledger, self.now))
        step = self.chooser.step(self.ledger, self.now)
        return taken(self.chooser, self.execution, self.run, step, self.now)

    def at(self, name: str) -> Moment:
        """Now, and somebody's account."""
        return Moment(self.now, signer_of(name).address)

    def terms(self, face: int, term: int = 30 * DAY) -> IssueTerms:
        """Terms that anchor and supplier may propose now, with evidence and an invoice of the whole face."""
        tax, ledger = self.at("tax attester"), self.ledger
        evidence, invoice = self.chooser.fresh(), self.chooser.fresh()
        attestations.attest(ledger, tax, Statement(evidence, 1, bytes(32), 4, 0))
        invoices.register_invoice(ledger, tax, invoice, NUMBERS["supplier"], CNY, face)
        return IssueTerms(
            debtor=NUMBERS["anchor"],
            creditor=NUMBERS["supplier"],
            face=face,
            currency=CNY,
            delivered_at=self.now,
            due_at=self.now + term,
            interest_share=0,
            waives_defences=False,
            evidence=evidence,
            invoice=invoice,
        )

    def confirmed(self, face: int, term: int = 30 * DAY) -> int:
        """The first voucher of a confirmed receivable, held by the first supplier."""
        issuance.propose_receivable(self.ledger, self.at("supplier"), self.terms(face, term))
        number = len(self.ledger.issue)
        issuance.confirm(self.ledger, self.at("anchor"), number)
        return voucher_id(number, 0)

    def quote(self, voucher: int, face: int, proceeds: int, kind: Kind = Kind.PURCHASE) -> Quote:
        """What the first bank offers for a voucher as it is, without any cost."""
        version, bank = self.ledger.voucher[voucher].version, NUMBERS["bank"]
        valid_until = self.now + DAY
        return Quote(voucher, version, bank, kind, face, proceeds, 0, 0, 0, 0, valid_until, bytes(32))

    def accept(self, quote: Quote) -> tuple[Event, ...]:
        """The supplier accepts what the bank signed."""
        digest = keccak(text=repr(quote))
        bank = signer_of("bank").address
        return financing.accept_quote(self.ledger, self.at("supplier"), quote, digest, bank, bytes(32))

    def hold_at(self, voucher: int, version: int) -> None:
        """Sets a voucher's version, as so many writes would."""
        self.ledger.voucher[voucher] = replace(self.ledger.voucher[voucher], version=version)


def ruled(seed: int = 0, confirmed: Iterable[int] = ()) -> Ruled:
    """A ledger with policies, governors and everybody admitted, as `scenario.founded` makes it on a chain."""
    ledger = Ledger(
        1, ADDRESSES["Participants"], ADDRESSES["Computations"], ADDRESSES["Desk"], ADDRESSES["Invoices"]
    )
    participants.found(ledger, tuple(governor.address for governor in GOVERNORS), 2)
    at = Moment(START - 2 * DAY, ledger.governance)
    for each in POLICIES:
        citation = each.citation
        policies.set_policy(
            *(ledger, at, policy_key(each.name), each.value, 0),
            *(citation.issuer, citation.document, citation.article),
        )
    for name, role in ROLES.items():
        _admit(ledger, at, name, int(role), YEARS)
    _admit(ledger, at, "suspended", int(ALL_ROLES), YEARS)
    _admit(ledger, at, "lapsed", int(ALL_ROLES), DAY)
    participants.suspend(ledger, at, NUMBERS["suspended"], bytes(32))
    attestations.register_schema(ledger, at, 7, True, False, b"\x01" * 32)
    attestations.register_schema(ledger, at, 0, False, False, b"\x02" * 32)
    attestations.register_schema(ledger, at, 15, True, True, b"\x03" * 32)
    for name in ANCHORS:
        limits.set_limit(ledger, at, NUMBERS[name], CNY, LIMIT)
    world = World(1, ADDRESSES, {signer.address: signer for signer in EVERYBODY})
    execution = Execution(ledger, world.contract_of, world.domains, set(ADDRESSES))
    history = Ruled(execution, Chooser(chance(seed), world, KINDS), Run(0))
    for face in confirmed:
        history.confirmed(face)
    return history


def _admit(ledger: Ledger, at: Moment, name: str, roles: int, valid_for: int) -> None:
    participants.admit(ledger, at, keccak(text=name), roles, at.now + valid_for, signer_of(name).address)
