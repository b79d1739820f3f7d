"""A deployed ledger with its people, and builders that bring it into the state a test needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak

from chain import events
from chain.clients.participants import Call
from chain.deployment import DAY, Manifest, deploy
from chain.engines import DevelopmentControls, Engine, fund, now
from chain.ledger import OpenLedger, decide, only, open_ledger
from chain.rules.state import ALL_ROLES, Leg, Policy, Quote, Role
from chain.sending import Sent
from chain.signing import LocalSigner

POLICY = Policy(
    max_term=90 * DAY, offer_period=10 * DAY, disburse_period=5 * DAY, max_tier=3, min_level=2, max_legs=5
)
YEARS = 20 * 365 * DAY
CNY = 156

ROLES: dict[str, Role] = {
    "anchor": Role.DEBTOR,
    "supplier": Role.SUPPLIER,
    "second supplier": Role.SUPPLIER,
    "third supplier": Role.SUPPLIER,
    "bank": Role.FINANCIER,
    "second bank": Role.FINANCIER,
    "tax attester": Role.ATTESTER,
    "carrier": Role.ATTESTER,
    "settlement bank": Role.SETTLEMENT_BANK,
    "auditor": Role.AUDITOR,
}
OUTSIDERS = ("suspended", "lapsed", "stranger")
SUSPENDED, LAPSED = len(ROLES) + 1, len(ROLES) + 2
REASON = b"\x0e" * 32


def signer_of(name: str) -> LocalSigner:
    """Always the same key for a name."""
    return LocalSigner(Account.from_key(keccak(text=f"counterfoil test key of {name}")))


GOVERNORS = tuple(signer_of(f"governor {n}") for n in (1, 2, 3))


def hash_of_calls(calls: list[Call]) -> bytes:
    """What a proposal stores of its calls."""
    return keccak(encode(["(address,bytes)[]"], [calls]))


@dataclass
class Scene:
    """A ledger with everybody admitted; `signers` and `numbers` are by name."""

    ledger: OpenLedger
    signers: dict[str, LocalSigner]
    numbers: dict[str, int]
    _fresh: count[int] = field(default_factory=lambda: count(1))

    @property
    def engine(self) -> Engine:
        return self.ledger.engine

    @property
    def manifest(self) -> Manifest:
        return self.ledger.manifest

    @property
    def controls(self) -> DevelopmentControls:
        assert self.engine.controls is not None
        return self.engine.controls

    def now(self) -> int:
        return now(self.engine)

    def wait(self, seconds: int) -> None:
        self.controls.advance_to(self.now() + seconds)

    def fresh(self) -> bytes:
        return keccak(text=f"fresh {next(self._fresh)}")

    def govern(self, *calls: Call) -> Sent:
        return decide(self.ledger, GOVERNORS, calls)

    def admit(self, name: str, roles: int, valid_for: int = YEARS) -> int:
        signer = signer_of(name)
        fund(self.engine, signer.address)
        sent = self.govern(
            self.ledger.participants.encoded(
                "admit", self.fresh(), roles, self.now() + valid_for, signer.address
            )
        )
        self.signers[name] = signer
        self.numbers[name] = only(sent, events.Admitted).number
        return self.numbers[name]

    def evidence(self, level: int = 3, expires_at: int = 0) -> bytes:
        commitment = self.fresh()
        self.ledger.attestations.attest(
            self.signers["tax attester"], commitment, 1, self.fresh(), level, expires_at
        )
        return commitment

    def invoice(self, total: int = 1_000_000, creditor: str = "supplier", currency: int = CNY) -> bytes:
        nullifier = self.fresh()
        self.ledger.receivables.register_invoice(
            self.signers["tax attester"], nullifier, self.numbers[creditor], currency, total
        )
        return nullifier

    def proposed(
        self,
        face: int = 100_000,
        by: str = "supplier",
        term: int = 60 * DAY,
        debtor: str = "anchor",
        creditor: str = "supplier",
    ) -> int:
        """A receivable, proposed by one of the two parties."""
        sent = self.ledger.receivables.propose(
            self.signers[by],
            debtor=self.numbers[debtor],
            creditor=self.numbers[creditor],
            face=face,
            currency=CNY,
            due_at=self.now() + term,
            evidence=self.evidence(),
            invoice=self.invoice(face, creditor),
        )
        return only(sent, events.Proposed).receivable

    def confirmed(self, face: int = 100_000, term: int = 60 * DAY, creditor: str = "supplier") -> int:
        """The first voucher of a confirmed receivable of the anchor, held by its creditor."""
        receivable = self.proposed(face, by=creditor, term=term, creditor=creditor)
        return only(
            self.ledger.receivables.confirm(self.signers["anchor"], receivable), events.Confirmed
        ).voucher

    def offered(self, face: int = 100_000, to: str = "second supplier", by: str = "supplier") -> int:
        """A voucher that its first holder has offered; its version is 1."""
        voucher = self.confirmed(face, creditor=by)
        self.ledger.receivables.offer(self.signers[by], voucher, 0, self.numbers[to], self.fresh())
        return voucher

    def quote(self, voucher: int, version: int = 0, face: int = 100_000, proceeds: int = 97_000) -> Quote:
        number = self.numbers["bank"]
        return Quote(voucher, version, number, face, proceeds, self.now() + DAY, b"\x07" * 32)

    def locked(self, face: int = 100_000) -> int:
        """A voucher locked for the bank's financing; its version is 1 and its proceeds 97,000."""
        voucher = self.confirmed(face)
        quote = self.quote(voucher, face=face)
        signature = self.ledger.receivables.sign_quote(self.signers["bank"], quote)
        self.ledger.receivables.accept_quote(self.signers["supplier"], quote, signature)
        return voucher

    def consent(self, budget: int = 2, expires_at: int | None = None, by: str = "supplier") -> int:
        """A consent of the owner for the bank."""
        sent = self.ledger.computations.grant(
            self.signers[by],
            counterparty=self.numbers["bank"],
            purpose=b"\x01" * 32,
            protocol=b"\x02" * 32,
            input_=self.evidence(),
            model=self.evidence(),
            budget=budget,
            expires_at=self.now() + 10 * DAY if expires_at is None else expires_at,
        )
        return only(sent, events.ConsentGranted).id

    def job(self) -> bytes:
        return only(self.ledger.computations.open(self.signers["bank"], self.consent()), events.JobOpened).id


def founded(engine: Engine, policy: Policy = POLICY) -> Scene:
    """Deploys, admits everybody, registers a revocable schema (1) and one that is not (2).

    Besides `ROLES` there are a suspended participant with every role, one whose validity is over, and a
    stranger nobody admitted.
    """
    signers = {name: signer_of(name) for name in (*ROLES, *OUTSIDERS)}
    for signer in (*GOVERNORS, *signers.values()):
        fund(engine, signer.address)
    manifest = deploy(engine, GOVERNORS[0], [g.address for g in GOVERNORS], 2, policy)
    ledger = open_ledger(engine, manifest)
    scene = Scene(ledger, signers, {})
    start = scene.now()
    participants = ledger.participants
    admissions = [
        participants.encoded("admit", scene.fresh(), int(role), start + YEARS, signers[name].address)
        for name, role in ROLES.items()
    ]
    scene.govern(
        *admissions,
        participants.encoded(
            "admit", scene.fresh(), int(ALL_ROLES), start + YEARS, signers["suspended"].address
        ),
        participants.encoded("admit", scene.fresh(), int(ALL_ROLES), start + DAY, signers["lapsed"].address),
        participants.encoded("suspend", SUSPENDED, REASON),
        ledger.attestations.encoded("registerSchema", 7, True, b"\x01" * 32),
        ledger.attestations.encoded("registerSchema", 0, False, b"\x02" * 32),
    )
    scene.wait(2 * DAY)
    scene.numbers = {name: participants.number_of(signers[name].address) for name in (*ROLES, *OUTSIDERS[:2])}
    return scene


def rich_history(scene: Scene) -> Scene:
    """Takes the ledger through every kind of state, so that every kind of storage word is written."""
    ledger, signers, numbers = scene.ledger, scene.signers, scene.numbers
    receivables, attestations = ledger.receivables, ledger.attestations
    legs = [
        Leg(numbers["second supplier"], 30_000, scene.fresh()),
        Leg(numbers["supplier"], 20_001, bytes(32)),
        Leg(numbers["third supplier"], 10_000, scene.fresh()),
    ]
    voucher = scene.confirmed()
    receivable = voucher >> 32
    receivables.split(signers["supplier"], voucher, 0, legs)
    receivables.accept(signers["second supplier"], voucher + 1, 0)
    receivables.refuse(signers["third supplier"], voucher + 3, 0, REASON)
    receivables.offer(signers["supplier"], voucher + 2, 0, numbers["third supplier"], scene.fresh())
    receivables.withdraw(signers["supplier"], voucher + 2, 1)
    quote = scene.quote(voucher + 1, 1, face=30_000, proceeds=29_000)
    receivables.accept_quote(
        signers["second supplier"], quote, receivables.sign_quote(signers["bank"], quote)
    )
    receivables.disburse(signers["settlement bank"], voucher + 1, 2, 29_000, scene.fresh())
    receivables.record_payment(signers["settlement bank"], receivable, 33_333, scene.fresh())
    receivables.redeem(signers["settlement bank"], receivable, [1, 2])
    receivables.redeem(signers["supplier"], receivable, [3, 4])
    receivables.record_payment(signers["settlement bank"], receivable, 66_667, scene.fresh())
    receivables.redeem(signers["bank"], receivable, [2])
    scene.offered()
    scene.locked()
    released = scene.locked()
    receivables.release_lock(signers["bank"], released, 1)
    receivables.reject(signers["anchor"], scene.proposed(), REASON)
    receivables.cancel(signers["anchor"], scene.proposed(by="anchor"), REASON)
    scene.proposed(by="anchor")
    root = scene.fresh()
    attestations.anchor(signers["carrier"], root, 1, 300, scene.now() + YEARS, scene.fresh())
    attestations.revoke_leaf(signers["carrier"], root, 257, REASON)
    attestations.revoke(signers["tax attester"], scene.evidence(expires_at=scene.now() + YEARS), REASON)
    consent = scene.consent()
    job = only(ledger.computations.open(signers["bank"], consent), events.JobOpened).id
    ledger.computations.complete(signers["bank"], job, *(scene.fresh() for _ in range(3)))
    ledger.computations.open(signers["bank"], consent)
    ledger.computations.withdraw(signers["supplier"], consent)
    spare = signers["spare"] = signer_of("spare")
    fund(scene.engine, spare.address)
    participants = ledger.participants
    participants.add_account(signers["supplier"], numbers["supplier"], spare.address)
    participants.remove_account(signers["supplier"], spare.address)
    scene.govern(
        participants.encoded("addGovernor", signers["auditor"].address),
        participants.encoded("setThreshold", 3),
        participants.encoded("setThreshold", 2),
        participants.encoded("removeGovernor", GOVERNORS[2].address),
        participants.encoded("setRoles", numbers["auditor"], 96, scene.now() + YEARS),
        participants.encoded("reinstate", SUSPENDED, REASON),
        participants.encoded("suspend", SUSPENDED, REASON),
        participants.encoded("addAccount", numbers["bank"], spare.address),
        receivables.encoded("setPolicy", (80 * DAY, 9 * DAY, 4 * DAY, 4, 1, 6)),
    )
    participants.propose(GOVERNORS[1], [participants.encoded("setThreshold", 2)])
    return scene
