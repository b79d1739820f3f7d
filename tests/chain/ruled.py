"""A ledger that lives by the rules alone, without any chain."""

from __future__ import annotations

from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from chain.deployment import DAY
from chain.errors import LedgerRefusal
from chain.events import Event
from chain.rules import attestations, participants, receivables
from chain.rules.state import ALL_ROLES, Ledger, Moment
from tests.chain.differential import Run
from tests.chain.scenario import CNY, POLICY, ROLES, YEARS
from tests.chain.steps import Chooser, GovernedCall, chance, take_by_rules

START = 1_750_000_000


def hash_of(calls: tuple[GovernedCall, ...]) -> bytes:
    return keccak(text=repr(calls))


@dataclass
class Ruled:
    """The ledger, the time and whoever chooses what is done next."""

    ledger: Ledger
    chooser: Chooser
    run: Run
    now: int = START

    def step(self) -> tuple[Event, ...] | LedgerRefusal:
        self.now = max(self.now + 1, self.chooser.time(self.ledger, self.now))
        step = self.chooser.step(self.ledger, self.now)
        result: tuple[Event, ...] | LedgerRefusal
        try:
            result = take_by_rules(self.ledger, step, self.now, hash_of)
            self.chooser.remember(step, result)
        except LedgerRefusal as refusal:
            result = refusal
        self.run.note(step.verb, result)
        return result

    def account(self, number: int) -> str:
        return self.chooser.account(self.ledger, number)

    def supplier(self, which: int) -> int:
        return list(ROLES).index(("supplier", "second supplier")[which]) + 1

    @property
    def settlement_bank(self) -> str:
        return self.account(list(ROLES).index("settlement bank") + 1)

    def confirmed(self, face: int) -> int:
        """The first voucher of a confirmed receivable, held by the first supplier."""
        debtor, creditor = 1, self.supplier(0)
        tax = Moment(self.now, self.account(list(ROLES).index("tax attester") + 1))
        evidence, invoice = self.chooser.fresh(), self.chooser.fresh()
        attestations.attest(self.ledger, tax, evidence, 1, bytes(32), 4, 0)
        receivables.register_invoice(self.ledger, tax, invoice, creditor, CNY, face)
        receivables.propose_receivable(
            self.ledger,
            Moment(self.now, self.account(creditor)),
            debtor,
            creditor,
            face,
            CNY,
            self.now + 30 * DAY,
            evidence,
            invoice,
        )
        number = len(self.ledger.receivable)
        receivables.confirm(self.ledger, Moment(self.now, self.account(debtor)), number)
        return number << 32 | 1

    def hold_at(self, voucher: int, version: int) -> None:
        """Sets a voucher's version, as so many writes would."""
        self.ledger.voucher[voucher] = replace(self.ledger.voucher[voucher], version=version)


def ruled(seed: int = 0) -> Ruled:
    """A ledger with governors and everybody admitted; accounts are names."""
    ledger = Ledger(1, "governance", "0x" + "c0" * 20)
    participants.found(ledger, ("governor 1", "governor 2", "governor 3"), 2)
    receivables.set_first_policy(ledger, POLICY)
    at = Moment(START, ledger.governance)
    for name, role in ROLES.items():
        participants.admit(ledger, at, keccak(text=name), int(role), START + YEARS, name)
    participants.admit(ledger, at, keccak(text="suspended"), int(ALL_ROLES), START + YEARS, "suspended")
    participants.suspend(ledger, at, len(ledger.participant), bytes(32))
    participants.admit(ledger, at, keccak(text="short"), int(ALL_ROLES), START + 30 * DAY, "short")
    attestations.register_schema(ledger, at, 7, True, b"\x01" * 32)
    attestations.register_schema(ledger, at, 0, False, b"\x02" * 32)
    accounts = [*ROLES, "suspended", "short", "stranger", "spare 1", "spare 2"]
    governors = ["governor 1", "governor 2", "governor 3"]
    return Ruled(ledger, Chooser(chance(seed), accounts + governors), Run(0))
