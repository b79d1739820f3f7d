"""The policies that refusals rest on, and where each is written.

A policy is either a parameter of the ledger (its name is that of `contracts/src/PolicyNames.sol`; governors
set its value with a citation of their own) or a rule that the contracts hold by themselves. Articles are
named where their number is known from the published text; a place without a number is described.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """The words in one of the two languages."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written: who made it, in which document, at which place."""

    issuer: Text
    document: Text
    article: Text

    def of(self, language: Language) -> str:
        """The citation as it is written after a sentence."""
        parts = (self.issuer.of(language), self.document.of(language), self.article.of(language))
        return "".join(parts) if language == "zh" else ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule by its stable id, with what it says and where it is written."""

    id: str
    title: Text
    source: Source


def _article(zh: str, number: int) -> Text:
    return Text(f"第{zh}条", f"article {number}")


_NPC = Text("全国人民代表大会", "National People's Congress")
_CIVIL_CODE = Text("《中华人民共和国民法典》", "Civil Code of the People's Republic of China")
_SIX_DEPARTMENTS = Text(
    "中国人民银行、金融监管总局、最高人民法院、国家发展改革委、商务部、市场监管总局",
    "People's Bank of China and five other departments",
)
_NOTICE_77 = Text(
    "银发〔2025〕77号《关于规范供应链金融业务 引导供应链信息服务机构更好服务中小企业融资有关事宜的通知》",
    "Notice Yinfa [2025] No. 77 on supply chain finance",
)
_CONSORTIUM = Text("Counterfoil 联盟", "Counterfoil consortium")
_RULES = Text("《账本规则》", "Rules of the ledger")
_PARAMETERS = Text("《账本参数》", "Parameters of the ledger")


def _code(zh: str, number: int) -> Source:
    return Source(_NPC, _CIVIL_CODE, _article(zh, number))


def _notice(zh: str, number: int) -> Source:
    return Source(_SIX_DEPARTMENTS, _NOTICE_77, _article(zh, number))


def _house(zh: str, en: str) -> Source:
    return Source(_CONSORTIUM, _RULES, Text(zh, en))


def _parameter(zh: str, en: str) -> Source:
    return Source(_CONSORTIUM, _PARAMETERS, Text(zh, en))


_SMALL_FIRMS = Source(
    Text("国务院", "State Council"),
    Text(
        "国务院令第802号《保障中小企业款项支付条例》", "Decree No. 802 on payments to small and medium firms"
    ),
    Text("自交付之日起60日内支付款项", "payment within 60 days of delivery"),
)
_CREDIT_REPORTING = Source(
    Text("中国人民银行", "People's Bank of China"),
    Text("中国人民银行令〔2021〕第4号《征信业务管理办法》", "Decree [2021] No. 4 on credit reporting"),
    Text("信息主体授权", "authorisation by whom the information is about"),
)

_PARAMETERS_OF_THE_LEDGER = (
    Policy("term.longest", Text("付款期限上限", "The longest term of payment"), _notice("十一", 11)),
    Policy(
        "term.review",
        Text("超过六个月的期限须审查", "Terms beyond six months are reviewed"),
        _notice("十一", 11),
    ),
    Policy(
        "term.small-firm",
        Text("大型企业对中小企业的付款期限", "Terms of large firms for small ones"),
        _SMALL_FIRMS,
    ),
    Policy("term.small-firm.refused", Text("超期是否拒绝", "Whether late terms are refused"), _SMALL_FIRMS),
    Policy("evidence.level", Text("贸易背景的证据等级", "The level of trade evidence"), _notice("十", 10)),
    Policy("limit.needed", Text("债务人须有额度", "Debtors issue within a limit"), _notice("五", 5)),
    Policy("issue.overdue-grace", Text("逾期停止新增", "Overdue debtors stop issuing"), _notice("十五", 15)),
    Policy(
        "transfer.tiers",
        Text("流转层级上限", "How many hops a voucher may make"),
        _parameter("流转层级", "tiers"),
    ),
    Policy("transfer.legs", Text("单次拆分笔数上限", "Legs of one split"), _parameter("拆分笔数", "legs")),
    Policy(
        "transfer.least",
        Text("拆分最小金额", "The smallest piece of a voucher"),
        _parameter("最小金额", "least"),
    ),
    Policy(
        "transfer.offer-period",
        Text("签收期限", "The time to accept"),
        _parameter("签收期限", "offer period"),
    ),
    Policy(
        "financing.disburse-period",
        Text("放款期限", "The time to disburse"),
        _parameter("放款期限", "disbursement"),
    ),
    Policy("financing.registration", Text("融资须登记", "Financings are registered"), _notice("十三", 13)),
    Policy(
        "financing.agreement",
        Text("保理合同须书面", "Factoring contracts are written"),
        _code("七百六十二", 762),
    ),
    Policy(
        "financing.justification", Text("长账期须说明理由", "Long terms are justified"), _notice("十一", 11)
    ),
)

_RULES_OF_THE_CONTRACTS = (
    Policy(
        "authority.account",
        Text("参与方通过其有权账户行事", "Participants act through accounts that may act for them"),
        Source(
            Text("全国人民代表大会常务委员会", "Standing Committee of the National People's Congress"),
            Text("《中华人民共和国电子签名法》", "Electronic Signature Law"),
            _article("十三", 13),
        ),
    ),
    Policy(
        "authority.governance",
        Text("准入、角色与参数由多方共同决定", "Admission, roles and parameters are decided by several"),
        _house("治理", "governance"),
    ),
    Policy(
        "authority.desk",
        Text("经办与复核分离", "Maker and checker are two"),
        _house("经办复核", "maker and checker"),
    ),
    Policy(
        "authority.ledger",
        Text("合约各司其职", "Each contract keeps to its own"),
        _house("合约边界", "contracts"),
    ),
    Policy(
        "authority.holder",
        Text("债权由持有人处分", "Its holder disposes of a claim"),
        _code("五百四十五", 545),
    ),
    Policy(
        "authority.party",
        Text("应收账款由债务人与债权人开立", "Debtor and creditor make a receivable"),
        _notice("九", 9),
    ),
    Policy("admission", Text("参与方准入", "Admission of participants"), _house("准入", "admission")),
    Policy(
        "trade.real",
        Text("须有真实贸易背景，不得基于预付款", "Real trade, and no prepayment"),
        _notice("十", 10),
    ),
    Policy(
        "invoice.once",
        Text("发票不得重复使用", "No part of an invoice is used twice"),
        _notice("十", 10),
    ),
    Policy(
        "invoice.red-letter",
        Text("基础合同变更不得损害受让人", "A change of the trade does not harm who holds the debt"),
        _code("七百六十五", 765),
    ),
    Policy("limit", Text("核心企业风险敞口控制", "A debtor's exposure is limited"), _notice("五", 5)),
    Policy(
        "issue.stop",
        Text("违约债务人停止新增", "A debtor in default issues nothing new"),
        _notice("十五", 15),
    ),
    Policy("issue.terms", Text("开立条件", "The terms of an issue"), _house("开立", "issue")),
    Policy(
        "issue.void",
        Text("未流转前双方可作废", "Both parties void what is untouched"),
        _house("作废", "void"),
    ),
    Policy(
        "transfer.acceptance",
        Text("转让须经签收", "A transfer takes effect with its acceptance"),
        _house("转让与签收", "offer and acceptance"),
    ),
    Policy(
        "transfer.conservation",
        Text("拆分不增不减", "A split makes nothing and loses nothing"),
        _house("拆分守恒", "I-01"),
    ),
    Policy(
        "transfer.due",
        Text("到期后只兑付不流转", "What is due is paid, not passed on"),
        _house("到期", "maturity"),
    ),
    Policy(
        "encumbrance.single",
        Text("同一凭证同时只有一项权利限制", "A voucher has one encumbrance at a time"),
        _house("单一权利限制", "I-06"),
    ),
    Policy(
        "compare-and-set",
        Text("写入须基于最新版本", "A write names the version it is for"),
        _house("版本", "versions"),
    ),
    Policy("freeze", Text("冻结与争议", "Freezes and disputes"), _house("冻结与争议", "I-29")),
    Policy(
        "defences.waived",
        Text("债务人已放弃对让与人的抗辩", "The debtor has waived its defences"),
        _code("五百四十八", 548),
    ),
    Policy(
        "financing.quote",
        Text("报价须由资金方签署且一次有效", "A quote is signed, and used once"),
        _code("七百六十二", 762),
    ),
    Policy(
        "financing.costs",
        Text("融资成本不超过债权", "Costs do not exceed the claim"),
        _house("融资成本", "I-22"),
    ),
    Policy("financing.recourse", Text("有追索权保理", "Factoring with recourse"), _code("七百六十六", 766)),
    Policy(
        "financing.priority", Text("同一债权的清偿顺序", "The order among claims"), _code("七百六十八", 768)
    ),
    Policy("financing.pledge", Text("应收账款出质", "Pledge of a receivable"), _code("四百四十五", 445)),
    Policy(
        "settlement.bank",
        Text("资金由银行清算，平台不经手", "Banks move the money, never the ledger"),
        _notice("十四", 14),
    ),
    Policy(
        "settlement.exact", Text("兑付分毫不差", "What is paid is shared out exactly"), _house("兑付", "I-26")
    ),
    Policy(
        "attestation",
        Text("存证须具名、可查、可撤", "Statements are named, and can be checked"),
        _house("存证", "attestation"),
    ),
    Policy("consent", Text("数据使用须经授权", "Data are used with consent"), _CREDIT_REPORTING),
    Policy(
        "parameters", Text("参数不溯及既往", "Parameters never change the past"), _house("参数", "parameters")
    ),
)

CATALOGUE: dict[str, Policy] = {
    policy.id: policy for policy in (*_PARAMETERS_OF_THE_LEDGER, *_RULES_OF_THE_CONTRACTS)
}
"""Every policy by its id."""

PARAMETERS = tuple(policy.id for policy in _PARAMETERS_OF_THE_LEDGER)
"""Ids of the policies that are parameters of the ledger."""
