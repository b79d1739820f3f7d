"""A sandbox: a fresh ledger in memory, with made-up firms and one trade behind one receivable."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from api.http.gateway import Gateway, Member, hash_token, new_token
from api.http.vault import Vault
from chain import events
from chain.deployment import deploy
from chain.engines import embedded, fund, now
from chain.ledger import OpenLedger, decide, only, open_ledger
from chain.rules.state import Role
from chain.signing import LocalSigner, new_signer
from flows.checks import cross_check
from flows.documents import read_folder
from flows.evidence import SCHEMA, Evidence, make_evidence
from flows.records import Party
from flows.samples import SampleTrade, sample_party, write_sample_trade

DAY: Final = 24 * 3600
CNY: Final = 156
FOUR_FLOWS: Final = 15


@dataclass(frozen=True, slots=True)
class Firm:
    """One of the sandbox's firms."""

    name: str
    role: Role


CAST: Final[Mapping[str, Firm]] = {
    "anchor": Firm("华东重工集团有限公司", Role.DEBTOR),
    "supplier-1": Firm("杭州精工零部件有限公司", Role.SUPPLIER),
    "supplier-2": Firm("宁波恒力锻造有限公司", Role.SUPPLIER),
    "supplier-3": Firm("绍兴永盛五金加工厂", Role.SUPPLIER),
    "bank": Firm("浙江稳泰商业银行股份有限公司", Role.FINANCIER),
    "tax": Firm("杭州市税务数据服务中心", Role.ATTESTER),
    "carrier": Firm("浙江顺达物流有限公司", Role.ATTESTER),
    "settlement": Firm("长江清算银行股份有限公司", Role.SETTLEMENT_BANK),
    "auditor": Firm("上海正明会计师事务所", Role.AUDITOR),
}
"""Who takes part, by alias. The names are made up, and so are the codes made of them."""


def sandbox() -> tuple[Gateway, dict[str, str]]:
    """A gateway to a fresh ledger in memory, and each member's bearer token by its alias.

    The carrier's and the tax office's word stands behind one trade between the anchor and its first supplier,
    who keeps the evidence and has granted some of its fields to the bank; the anchor has confirmed the
    receivable, so that a voucher over its whole face exists.
    """
    engine = embedded()
    governors = [new_signer() for _ in range(3)]
    deployer = new_signer()
    signers = {alias: new_signer() for alias in CAST}
    for signer in (*governors, deployer, *signers.values()):
        fund(engine, signer.address)
    manifest = deploy(engine, deployer, [governor.address for governor in governors], 2)
    ledger = open_ledger(engine, manifest)
    parties = {alias: sample_party(firm.name) for alias, firm in CAST.items()}
    _admit(ledger, governors, signers, parties)
    tokens = {alias: new_token() for alias in CAST}
    numbers = {alias: ledger.participants.number_of(signers[alias].address) for alias in CAST}
    trade, evidence = _trade(parties, now(engine))
    vault = Vault()
    vault.keep(numbers["supplier-1"], evidence)
    invoice = f"invoice/{trade.invoice.id}"
    granted = (f"{invoice}/totals/payable", f"{invoice}/issued", f"{invoice}/buyer/name", "check/level")
    vault.grant(numbers["supplier-1"], evidence.commitment, numbers["bank"], granted)
    _make_receivable(ledger, signers, numbers, trade, evidence)
    members = tuple(
        Member(
            number=numbers[alias],
            alias=alias,
            name=firm.name,
            signer=signers[alias],
            token_sha256=hash_token(tokens[alias]),
            legal_id=parties[alias].id,
        )
        for alias, firm in CAST.items()
    )
    return Gateway(ledger, members, vault), tokens


def _admit(
    ledger: OpenLedger,
    governors: list[LocalSigner],
    signers: Mapping[str, LocalSigner],
    parties: Mapping[str, Party],
) -> None:
    """Governors admit the cast and define what a statement about the four flows means."""
    valid_until = now(ledger.engine) + 3 * 365 * DAY
    calls = [
        ledger.participants.encoded(
            "admit",
            hashlib.sha256(secrets.token_bytes(32) + parties[alias].id.encode()).digest(),
            int(firm.role),
            valid_until,
            signers[alias].address,
        )
        for alias, firm in CAST.items()
    ]
    calls.append(ledger.attestations.encoded("registerSchema", FOUR_FLOWS, True, SCHEMA))
    decide(ledger, governors, calls)


def _trade(parties: Mapping[str, Party], at: int) -> tuple[SampleTrade, Evidence]:
    """One trade's documents, written, read back, cross-checked, and committed to."""
    today = datetime.fromtimestamp(at, UTC).date()
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as folder:
        trade = write_sample_trade(
            Path(folder),
            number=f"{today:%Y%m}-001",
            buyer=parties["anchor"],
            seller=parties["supplier-1"],
            carrier=parties["carrier"],
            order_date=today - timedelta(days=20),
            due_date=today + timedelta(days=90),
            quantity=Decimal(4000),
            unit_price=Decimal(250),
        )
        documents = read_folder(Path(folder))
    return trade, make_evidence(documents, cross_check(documents), secrets.token_bytes(32))


def _make_receivable(
    ledger: OpenLedger,
    signers: Mapping[str, LocalSigner],
    numbers: Mapping[str, int],
    trade: SampleTrade,
    evidence: Evidence,
) -> None:
    """Attested, its invoice registered, proposed by the supplier and confirmed by the anchor."""
    if evidence.level is None:
        raise ValueError("the sample trade must pass its cross-check")
    key = secrets.token_bytes(32)
    nullifier = hmac.digest(key, trade.invoice.id.encode(), "sha256")
    subject = hmac.digest(key, trade.order.id.encode(), "sha256")
    face = int(trade.invoice.totals.payable * 100)
    ledger.attestations.attest(signers["tax"], evidence.commitment, 1, subject, int(evidence.level), 0)
    ledger.receivables.register_invoice(signers["tax"], nullifier, face)
    proposed = ledger.receivables.propose(
        signers["supplier-1"],
        debtor=numbers["anchor"],
        creditor=numbers["supplier-1"],
        face=face,
        currency=CNY,
        due_at=now(ledger.engine) + 90 * DAY,
        evidence=evidence.commitment,
        invoice=nullifier,
    )
    ledger.receivables.confirm(signers["anchor"], only(proposed, events.Proposed).receivable)
