"""The parameters that a new ledger starts with, and what each rests on.

Governors change any of them later, for now or for a day to come, and never what was. The names and the
ranges are the contract's (`contracts/src/PolicyNames.sol`): periods are seconds, amounts minor units, and a
switch is 0 or 1.

A value is set only where its source has been published. That the longest term will be cut to six months has
been announced (2026-09-14) and no text of it is published yet: the day there is one, governors set it with
the date from which it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chain.clients.participants import Call
from chain.deployment import DAY
from chain.ledger import OpenLedger
from chain.naming import policy_key


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written: who made it, in which document, at which place."""

    issuer: str
    document: str
    article: str


@dataclass(frozen=True, slots=True)
class PolicySetting:
    """A version of a parameter to be set.

    `effective_from` is in seconds since 1970 (UTC); 0 is the moment the governors' proposal is executed.
    """

    name: str
    value: int
    citation: Citation
    effective_from: int = 0


_NOTICE_77 = (
    "中国人民银行、金融监管总局、最高人民法院、国家发展改革委、商务部、市场监管总局",
    "银发〔2025〕77号《关于规范供应链金融业务 引导供应链信息服务机构更好服务中小企业融资有关事宜的通知》",
)
_TERM = Citation(*_NOTICE_77, "第十一条")
_REGISTRATION = Citation(*_NOTICE_77, "第十三条")
_OVERDUE = Citation(*_NOTICE_77, "第十五条")
_SMALL_FIRMS = Citation("国务院", "国务院令第802号《保障中小企业款项支付条例》", "自交付之日起60日内支付款项")
_WRITTEN_FORM = Citation("全国人民代表大会", "《中华人民共和国民法典》", "第七百六十二条")


def _house(article: str) -> Citation:
    """A rule of the ledger's own consortium."""
    return Citation("Counterfoil consortium", "Ledger parameters", article)


DEFAULT_POLICIES = (
    PolicySetting("term.longest", 365 * DAY, _TERM),
    # Six months, as the longest half year has days; beyond it a financier asks why.
    PolicySetting("term.review", 183 * DAY, _TERM),
    PolicySetting("term.small-firm", 60 * DAY, _SMALL_FIRMS),
    PolicySetting("term.small-firm.refused", 0, _house("Late terms for small firms are flagged")),
    PolicySetting("evidence.level", 3, _house("Evidence of three flows")),
    PolicySetting("limit.needed", 1, _house("Debtors issue within a limit")),
    PolicySetting("issue.overdue-grace", 1 * DAY, _OVERDUE),
    PolicySetting("transfer.tiers", 8, _house("Hops of a voucher")),
    PolicySetting("transfer.legs", 100, _house("Legs of a split")),
    PolicySetting("transfer.least", 1, _house("Smallest piece of a voucher")),
    PolicySetting("transfer.offer-period", 15 * DAY, _house("Time to accept")),
    PolicySetting("financing.disburse-period", 5 * DAY, _house("Time to disburse")),
    PolicySetting("financing.registration", 1, _REGISTRATION),
    PolicySetting("financing.agreement", 1, _WRITTEN_FORM),
    PolicySetting("financing.justification", 1, _TERM),
)
"""Every parameter there is, once."""


def policy_calls(ledger: OpenLedger, policies: Iterable[PolicySetting]) -> list[Call]:
    """What governors decide to set these parameters."""
    return [
        ledger.policies.encoded(
            "set",
            policy_key(each.name),
            each.value,
            each.effective_from,
            each.citation.issuer,
            each.citation.document,
            each.citation.article,
        )
        for each in policies
    ]
