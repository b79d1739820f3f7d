"""A deployed ledger with its people, and builders that bring it into the state a test needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak

from chain import events
from chain.clients.participants import Call
from chain.deployment import DAY, Manifest, deploy
from chain.engines import DevelopmentControls, Engine, fund, now
from chain.ledger import OpenLedger, decide, only, open_ledger
from chain.policies import DEFAULT_POLICIES, PolicySetting, policy_calls
from chain.rules.state import (
    ALL_ROLES,
    Acceptance,
    IssueTerms,
    Kind,
    Leg,
    Quote,
    Role,
    Statement,
    Terms,
    receivable_of,
    start_of,
    voucher_id,
)
from chain.sending import Sent
from chain.signing import LocalSigner

VALUES: Mapping[str, int] = {
    "term.longest": 90 * DAY,
    "term.review": 70 * DAY,
    "term.small-firm": 30 * DAY,
    "evidence.level": 2,
    "transfer.tiers": 3,
    "transfer.legs": 5,
    "transfer.least": 2,
    "transfer.offer-period": 10 * DAY,
    "financing.disburse-period": 5 * DAY,
}
"""What is tighter in tests than in `DEFAULT_POLICIES`."""

POLICIES = tuple(replace(each, value=VALUES.get(each.name, each.value)) for each in DEFAULT_POLICIES)

YEARS = 20 * 365 * DAY
CNY = 156
ANCHORS = ("anchor", "second anchor")
LIMIT = 10**12
"""What each of the anchors may owe, in fen."""

ROLES: dict[str, Role] = {
    "anchor": Role.DEBTOR | Role.LARGE_FIRM,
    "supplier": Role.SUPPLIER,
    "second supplier": Role.SUPPLIER,
    "third supplier": Role.SUPPLIER,
    "bank": Role.FINANCIER,
    "second bank": Role.FINANCIER,
    "tax attester": Role.ATTESTER,
    "carrier": Role.ATTESTER,
    "settlement bank": Role.SETTLEMENT_BANK,
    "auditor": Role.AUDITOR,
    "small firm": Role.SUPPLIER | Role.SMALL_FIRM,
    "second anchor": Role.DEBTOR,
    "operator": Role.OPERATOR,
    "regulator": Role.REGULATOR,
}
OUTSIDERS = ("suspended", "lapsed", "stranger")
SUSPENDED, LAPSED = len(ROLES) + 1, len(ROLES) + 2
REASON = b"\x0e" * 32
DOCUMENT = b"\x0d" * 32


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

    def account(self, of: str, name: str, scope: int, valid_until: int = 0) -> LocalSigner:
        """Another account of a participant, with a scope of its own."""
        signer = self.signers[name] = signer_of(name)
        fund(self.engine, signer.address)
        self.ledger.participants.add_account(
            self.signers[of], self.numbers[of], signer.address, scope, valid_until
        )
        return signer

    def version(self, voucher: int) -> int:
        return self.ledger.receivables.voucher(voucher).version

    def evidence(self, level: int = 3, expires_at: int = 0) -> bytes:
        statement = Statement(self.fresh(), 1, self.fresh(), level, expires_at)
        self.ledger.attestations.attest(self.signers["tax attester"], statement)
        return statement.commitment

    def invoice(self, total: int = 1_000_000, creditor: str = "supplier", currency: int = CNY) -> bytes:
        nullifier = self.fresh()
        self.ledger.invoices.register(
            self.signers["tax attester"], nullifier, self.numbers[creditor], currency, total
        )
        return nullifier

    def terms(
        self,
        face: int = 100_000,
        *,
        term: int = 60 * DAY,
        debtor: str = "anchor",
        creditor: str = "supplier",
        delivered: int = DAY,
        interest_share: int = 0,
        waives: bool = False,
        invoice: bytes | None = None,
    ) -> IssueTerms:
        """Terms that may be proposed now, for goods delivered so long ago, with evidence and an invoice."""
        return IssueTerms(
            debtor=self.numbers[debtor],
            creditor=self.numbers[creditor],
            face=face,
            currency=CNY,
            delivered_at=self.now() - delivered,
            due_at=self.now() + term,
            interest_share=interest_share,
            waives_defences=waives,
            evidence=self.evidence(),
            invoice=self.invoice(face, creditor) if invoice is None else invoice,
        )

    def proposed(
        self,
        face: int = 100_000,
        by: str = "supplier",
        term: int = 60 * DAY,
        debtor: str = "anchor",
        creditor: str = "supplier",
    ) -> int:
        """A receivable's number, proposed by one of the two parties."""
        terms = self.terms(face, term=term, debtor=debtor, creditor=creditor)
        return only(self.ledger.issuance.propose(self.signers[by], terms), events.Proposed).receivable

    def confirmed(
        self,
        face: int = 100_000,
        term: int = 60 * DAY,
        creditor: str = "supplier",
        *,
        debtor: str = "anchor",
        interest_share: int = 0,
        waives: bool = False,
    ) -> int:
        """The first voucher of a confirmed receivable, its creditor's; its version is 0."""
        terms = self.terms(
            face, term=term, debtor=debtor, creditor=creditor, interest_share=interest_share, waives=waives
        )
        sent = self.ledger.issuance.propose(self.signers[creditor], terms)
        number = only(sent, events.Proposed).receivable
        return only(self.ledger.issuance.confirm(self.signers[debtor], number), events.Confirmed).voucher

    def split(self, voucher: int, holder: str, *pieces: tuple[str, int]) -> list[int]:
        """Cuts pieces off a voucher, each for somebody; those of others are offered. Their ids, in order."""
        legs = [Leg(self.numbers[to], length, self.fresh()) for to, length in pieces]
        sent = self.ledger.receivables.split(self.signers[holder], voucher, self.version(voucher), legs)
        return [logged.event.child for logged in sent.events if isinstance(logged.event, events.Split)]

    def offered(self, face: int = 100_000, to: str = "second supplier", by: str = "supplier") -> int:
        """A voucher that its first holder has offered; its version is 1."""
        voucher = self.confirmed(face, creditor=by)
        self.ledger.receivables.offer(self.signers[by], voucher, 0, self.numbers[to], self.fresh())
        return voucher

    def acceptance(self, voucher: int, to: str, evidence: bytes = bytes(32)) -> tuple[Acceptance, bytes]:
        """A receiver's acceptance of a voucher as it is, valid for a day, and its signature."""
        held = self.ledger.receivables.voucher(voucher)
        acceptance = Acceptance(
            *(voucher, held.version, held.holder, self.numbers[to], held.length, evidence),
            self.now() + DAY,
        )
        return acceptance, self.ledger.receivables.sign_acceptance(self.signers[to], acceptance)

    def quote(
        self,
        voucher: int,
        version: int = 0,
        face: int = 100_000,
        proceeds: int = 97_000,
        *,
        kind: Kind = Kind.PURCHASE,
        by: str = "bank",
        interest: int = 2_000,
        debtor_interest: int = 0,
        fees: int = 500,
        matures_in: int = 20 * DAY,
    ) -> Quote:
        """What a bank offers for a voucher, for a day."""
        return Quote(
            voucher=voucher,
            version=version,
            financier=self.numbers[by],
            kind=kind,
            face=face,
            proceeds=proceeds,
            interest=interest,
            debtor_interest=debtor_interest,
            fees=fees,
            matures_at=self.now() + matures_in if kind == Kind.PLEDGE else 0,
            valid_until=self.now() + DAY,
            terms=b"\x07" * 32,
        )

    def accept(self, quote: Quote, holder: str = "supplier", by: str = "bank") -> Sent:
        """The holder accepts a quote that its financier signs."""
        signature = self.ledger.financing.sign_quote(self.signers[by], quote)
        return self.ledger.financing.accept_quote(self.signers[holder], quote, signature)

    def locked(
        self, face: int = 100_000, *, kind: Kind = Kind.PURCHASE, by: str = "bank", filed: bool = True
    ) -> int:
        """A voucher locked for a bank's financing at 97 percent; its version is 1, and the bank has filed."""
        voucher = self.confirmed(face)
        costs = face // 100
        quote = self.quote(voucher, face=face, proceeds=97 * costs, interest=costs, fees=0, kind=kind, by=by)
        self.accept(quote, by=by)
        if filed:
            self.file(voucher, by)
        return voucher

    def file(self, voucher: int, by: str = "bank") -> Sent:
        return self.ledger.financing.file(
            self.signers[by],
            voucher=voucher,
            expected=self.version(voucher),
            registration=self.fresh(),
            agreement=self.fresh(),
            registered_at=self.now(),
        )

    def disburse(self, voucher: int) -> Sent:
        """The settlement bank attests the proceeds of a locked voucher."""
        proceeds = self.ledger.financing.deal(voucher).proceeds
        return self.ledger.financing.disburse(
            self.signers["settlement bank"], voucher, self.version(voucher), proceeds, self.fresh()
        )

    def financed(
        self, face: int = 100_000, *, kind: Kind = Kind.PURCHASE, holder: str = "supplier", by: str = "bank"
    ) -> int:
        """A voucher that a bank has bought, or lent against, at 80 percent."""
        voucher = self.confirmed(face, creditor=holder)
        self.refinance(voucher, holder, kind=kind, by=by)
        return voucher

    def refinance(self, voucher: int, holder: str, *, kind: Kind = Kind.PURCHASE, by: str = "bank") -> None:
        """Takes a voucher from its holder through quote, filing and disbursement at 80 percent."""
        unpaid = self.ledger.receivables.unpaid_of(voucher)
        proceeds, interest = unpaid * 80 // 100, unpaid // 100
        quote = self.quote(
            voucher, self.version(voucher), unpaid, proceeds, interest=interest, fees=0, kind=kind, by=by
        )
        self.accept(quote, holder, by)
        self.file(voucher, by)
        self.disburse(voucher)

    def pay(self, receivable: int, amount: int) -> Sent:
        """The settlement bank attests a payment by the debtor."""
        return self.ledger.receivables.record_payment(
            self.signers["settlement bank"], receivable, amount, self.fresh()
        )

    def redeem(self, *vouchers: int, by: str = "settlement bank") -> Sent:
        """Vouchers of one receivable are paid their part."""
        (receivable,) = {receivable_of(voucher) for voucher in vouchers}
        return self.ledger.receivables.redeem(self.signers[by], receivable, list(map(start_of, vouchers)))

    def joint_terms(self) -> Terms:
        """Terms of a joint computation on attested inputs with an attested model."""
        return Terms(b"\x01" * 32, b"\x02" * 32, self.evidence(), (self.evidence(), self.evidence()))

    def consent(
        self,
        budget: int = 2,
        expires_at: int | None = None,
        by: str = "supplier",
        among: Iterable[str] = ("bank", "second bank"),
    ) -> tuple[int, Terms]:
        """A consent of the owner for the banks, and its terms."""
        terms = self.joint_terms()
        until = self.now() + 10 * DAY if expires_at is None else expires_at
        counterparties = sorted(self.numbers[name] for name in among)
        sent = self.ledger.computations.grant(self.signers[by], counterparties, terms, budget, until)
        return only(sent, events.ConsentGranted).id, terms

    def job(self) -> bytes:
        sent = self.ledger.computations.open(self.signers["bank"], *self.consent())
        return only(sent, events.JobOpened).id


def founded(engine: Engine, policies: Iterable[PolicySetting] = POLICIES) -> Scene:
    """Deploys, sets the policies, admits everybody, and registers three schemas.

    Schema 1 is revocable, 2 is not, and 3 is found by its subject. The anchors have a limit in CNY. Besides
    `ROLES` there are a suspended participant with every role, one whose validity is over, and a stranger
    nobody admitted.
    """
    signers = {name: signer_of(name) for name in (*ROLES, *OUTSIDERS)}
    for signer in (*GOVERNORS, *signers.values()):
        fund(engine, signer.address)
    manifest = deploy(engine, GOVERNORS[0], [g.address for g in GOVERNORS], 2)
    ledger = open_ledger(engine, manifest)
    scene = Scene(ledger, signers, {})
    start = scene.now()
    participants, attestations = ledger.participants, ledger.attestations
    admissions = [
        participants.encoded("admit", scene.fresh(), int(role), start + YEARS, signers[name].address)
        for name, role in ROLES.items()
    ]
    everything = int(ALL_ROLES)
    numbers = {name: number for number, name in enumerate((*ROLES, *OUTSIDERS[:2]), 1)}
    scene.govern(
        *policy_calls(ledger, policies),
        *admissions,
        participants.encoded("admit", scene.fresh(), everything, start + YEARS, signers["suspended"].address),
        participants.encoded("admit", scene.fresh(), everything, start + DAY, signers["lapsed"].address),
        participants.encoded("suspend", SUSPENDED, REASON),
        attestations.encoded("registerSchema", 7, True, False, b"\x01" * 32),
        attestations.encoded("registerSchema", 0, False, False, b"\x02" * 32),
        attestations.encoded("registerSchema", 15, True, True, b"\x03" * 32),
        *(ledger.limits.encoded("setLimit", numbers[each], CNY, LIMIT) for each in ANCHORS),
    )
    scene.wait(2 * DAY)
    scene.numbers = numbers
    return scene


def first_voucher(receivable: int) -> int:
    """The voucher that a confirmed receivable begins with."""
    return voucher_id(receivable, 0)
