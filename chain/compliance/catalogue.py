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
    """A rule by its stable id: what it says, where it is written, and what helps whoever it stops."""

    id: str
    title: Text
    source: Source
    remedy: Text


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
    Policy(
        "term.longest",
        Text("付款期限上限", "The longest term of payment"),
        _notice("十一", 11),
        Text("缩短账期后重新提出。", "Propose with an earlier due date."),
    ),
    Policy(
        "term.review",
        Text("超过六个月的期限须审查", "Terms beyond six months are reviewed"),
        _notice("十一", 11),
        Text("说明账期理由后再融资。", "Give the reason for the term when it is financed."),
    ),
    Policy(
        "term.small-firm",
        Text("大型企业对中小企业的付款期限", "Terms of large firms for small ones"),
        _SMALL_FIRMS,
        Text(
            "将到期日提前到交付后的法定期限之内。",
            "Propose with a due date within the legal time after delivery.",
        ),
    ),
    Policy(
        "term.small-firm.refused",
        Text("超期是否拒绝", "Whether late terms are refused"),
        _SMALL_FIRMS,
        Text(
            "将到期日提前到交付后的法定期限之内。",
            "Propose with a due date within the legal time after delivery.",
        ),
    ),
    Policy(
        "evidence.level",
        Text("贸易背景的证据等级", "The level of trade evidence"),
        _notice("十", 10),
        Text(
            "补齐物流、发票等证据，由存证方重新存证。",
            "Let an attester cross-check more flows of the trade, and attest it anew.",
        ),
    ),
    Policy(
        "limit.needed",
        Text("债务人须有额度", "Debtors issue within a limit"),
        _notice("五", 5),
        Text("请治理成员为债务人设定额度。", "Ask the governors for a limit of the debtor."),
    ),
    Policy(
        "issue.overdue-grace",
        Text("逾期停止新增", "Overdue debtors stop issuing"),
        _notice("十五", 15),
        Text(
            "等到宽限期满，或核对付款是否已入账。",
            "Wait for the grace period to end, or see whether the payment has been recorded.",
        ),
    ),
    Policy(
        "transfer.tiers",
        Text("流转层级上限", "How many hops a voucher may make"),
        _parameter("流转层级", "tiers"),
        Text("持有到期，或向资金方融资。", "Hold it to maturity, or have it financed."),
    ),
    Policy(
        "transfer.legs",
        Text("单次拆分笔数上限", "Legs of one split"),
        _parameter("拆分笔数", "legs"),
        Text("分几次拆分。", "Split in several calls."),
    ),
    Policy(
        "transfer.least",
        Text("拆分最小金额", "The smallest piece of a voucher"),
        _parameter("最小金额", "least"),
        Text("每笔不低于最小金额。", "Make each piece at least that large."),
    ),
    Policy(
        "transfer.offer-period",
        Text("签收期限", "The time to accept"),
        _parameter("签收期限", "offer period"),
        Text("请对方在期限内签收。", "Ask the receiver to accept in time."),
    ),
    Policy(
        "financing.disburse-period",
        Text("放款期限", "The time to disburse"),
        _parameter("放款期限", "disbursement"),
        Text(
            "等待放款，或期满后解除锁定。", "Wait for the money, or release the lock when the time is over."
        ),
    ),
    Policy(
        "financing.registration",
        Text("融资须登记", "Financings are registered"),
        _notice("十三", 13),
        Text(
            "资金方先办理登记并在账本备案。", "The financier registers it and files the registration first."
        ),
    ),
    Policy(
        "financing.agreement",
        Text("保理合同须书面", "Factoring contracts are written"),
        _code("七百六十二", 762),
        Text("资金方先备案已签署的保理合同。", "The financier files the signed contract first."),
    ),
    Policy(
        "financing.justification",
        Text("长账期须说明理由", "Long terms are justified"),
        _notice("十一", 11),
        Text("接受报价时附上账期理由。", "Give a justification with the acceptance of the quote."),
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
        Text(
            "换用有权账户，或请本企业管理账户授权。",
            "Use an account that may, or have your administrator give the scope.",
        ),
    ),
    Policy(
        "authority.governance",
        Text("准入、角色与参数由多方共同决定", "Admission, roles and parameters are decided by several"),
        _house("治理", "governance"),
        Text("由治理成员提案、批准后执行。", "Have the governors propose, approve and execute it."),
    ),
    Policy(
        "authority.desk",
        Text("经办与复核分离", "Maker and checker are two"),
        _house("经办复核", "maker and checker"),
        Text("由另一位复核人办理。", "Another person has to check it."),
    ),
    Policy(
        "authority.ledger",
        Text("合约各司其职", "Each contract keeps to its own"),
        _house("合约边界", "contracts"),
        Text("经由账本的公开功能办理。", "Use the ledger's public functions."),
    ),
    Policy(
        "authority.holder",
        Text("债权由持有人处分", "Its holder disposes of a claim"),
        _code("五百四十五", 545),
        Text("核对凭证编号与当前持有人。", "Look the voucher and its holder up again."),
    ),
    Policy(
        "authority.party",
        Text("应收账款由债务人与债权人开立", "Debtor and creditor make a receivable"),
        _notice("九", 9),
        Text("由债务人或债权人本人办理。", "Its debtor or its creditor has to do it."),
    ),
    Policy(
        "admission",
        Text("参与方准入", "Admission of participants"),
        _house("准入", "admission"),
        Text("联系治理成员恢复或延长准入。", "Ask the governors to reinstate or prolong the admission."),
    ),
    Policy(
        "trade.real",
        Text("须有真实贸易背景，不得基于预付款", "Real trade, and no prepayment"),
        _notice("十", 10),
        Text("补交真实交易的证据后再办理。", "Bring attested evidence of the real trade."),
    ),
    Policy(
        "invoice.once",
        Text("发票不得重复使用", "No part of an invoice is used twice"),
        _notice("十", 10),
        Text(
            "核对发票金额及已占用额，或改用其他发票。",
            "See what the invoice still backs, or use another one.",
        ),
    ),
    Policy(
        "invoice.red-letter",
        Text("基础合同变更不得损害受让人", "A change of the trade does not harm who holds the debt"),
        _code("七百六十五", 765),
        Text(
            "请债务人重申债务，或双方协商作废。", "Ask the debtor to reaffirm the debt, or void it together."
        ),
    ),
    Policy(
        "limit",
        Text("核心企业风险敞口控制", "A debtor's exposure is limited"),
        _notice("五", 5),
        Text(
            "等待还款释放额度，或申请调额。",
            "Wait for payments to release the limit, or ask for a higher one.",
        ),
    ),
    Policy(
        "issue.stop",
        Text("违约债务人停止新增", "A debtor in default issues nothing new"),
        _notice("十五", 15),
        Text(
            "债务人结清逾期或消除原因后申请解除。",
            "The debtor pays what is overdue, or shows that the cause is over.",
        ),
    ),
    Policy(
        "issue.terms",
        Text("开立条件", "The terms of an issue"),
        _house("开立", "issue"),
        Text("更正后重新提出。", "Correct it and propose again."),
    ),
    Policy(
        "issue.void",
        Text("未流转前双方可作废", "Both parties void what is untouched"),
        _house("作废", "void"),
        Text("已流转的应收账款不能作废，应按期兑付。", "What has moved cannot be void: it is settled."),
    ),
    Policy(
        "transfer.acceptance",
        Text("转让须经签收", "A transfer takes effect with its acceptance"),
        _house("转让与签收", "offer and acceptance"),
        Text(
            "核对转让对象与期限，必要时重新发起。",
            "See whom it was offered to and until when; offer again if need be.",
        ),
    ),
    Policy(
        "transfer.conservation",
        Text("拆分不增不减", "A split makes nothing and loses nothing"),
        _house("拆分守恒", "I-01"),
        Text("拆出金额须小于余额；全额请整张转让。", "Split less than there is; offer the whole as it is."),
    ),
    Policy(
        "transfer.due",
        Text("到期后只兑付不流转", "What is due is paid, not passed on"),
        _house("到期", "maturity"),
        Text("等待兑付；先兑付已入账的付款。", "Wait for settlement; redeem what has been paid."),
    ),
    Policy(
        "encumbrance.single",
        Text("同一凭证同时只有一项权利限制", "A voucher has one encumbrance at a time"),
        _house("单一权利限制", "I-06"),
        Text(
            "先解除现有限制：撤回、签收、放款或解押。",
            "End what is on it first: withdraw, accept, disburse or release.",
        ),
    ),
    Policy(
        "compare-and-set",
        Text("写入须基于最新版本", "A write names the version it is for"),
        _house("版本", "versions"),
        Text("重新读取凭证后再办理。", "Read the voucher again and repeat."),
    ),
    Policy(
        "freeze",
        Text("冻结与争议", "Freezes and disputes"),
        _house("冻结与争议", "I-29"),
        Text(
            "联系作出冻结的机关或提出争议的债务人。",
            "Turn to the authority that froze it, or to the debtor that disputes it.",
        ),
    ),
    Policy(
        "defences.waived",
        Text("债务人已放弃对让与人的抗辩", "The debtor has waived its defences"),
        _code("五百四十八", 548),
        Text("债务人仍须到期付款，争议另行解决。", "The debtor pays when due, and argues elsewhere."),
    ),
    Policy(
        "financing.quote",
        Text("报价须由资金方签署且一次有效", "A quote is signed, and used once"),
        _code("七百六十二", 762),
        Text("向资金方索取新的报价。", "Ask the financier for a new quote."),
    ),
    Policy(
        "financing.costs",
        Text("融资成本不超过债权", "Costs do not exceed the claim"),
        _house("融资成本", "I-22"),
        Text("请资金方调整报价中的金额。", "Ask the financier to change the amounts of its quote."),
    ),
    Policy(
        "financing.recourse",
        Text("有追索权保理", "Factoring with recourse"),
        _code("七百六十六", 766),
        Text("核对追索关系与是否已到期。", "See who may come back on it, and whether it is due."),
    ),
    Policy(
        "financing.priority",
        Text("同一债权的清偿顺序", "The order among claims"),
        _code("七百六十八", 768),
        Text("核对登记与通知的时间。", "See when it was registered and noticed."),
    ),
    Policy(
        "financing.pledge",
        Text("应收账款出质", "Pledge of a receivable"),
        _code("四百四十五", 445),
        Text("还清欠款，或待贷款到期。", "Repay what is owed, or wait until the loan is due."),
    ),
    Policy(
        "settlement.bank",
        Text("资金由银行清算，平台不经手", "Banks move the money, never the ledger"),
        _notice("十四", 14),
        Text(
            "由清算银行以未用过的流水号办理。",
            "A settlement bank does it, with a reference of its own that is new.",
        ),
    ),
    Policy(
        "settlement.exact",
        Text("兑付分毫不差", "What is paid is shared out exactly"),
        _house("兑付", "I-26"),
        Text("按账本列明的金额办理。", "Use exactly the amount that the ledger names."),
    ),
    Policy(
        "attestation",
        Text("存证须具名、可查、可撤", "Statements are named, and can be checked"),
        _house("存证", "attestation"),
        Text("核对存证类型、状态与签署方。", "See the schema, the state and the attester of the statement."),
    ),
    Policy(
        "consent",
        Text("数据使用须经授权", "Data are used with consent"),
        _CREDIT_REPORTING,
        Text("请数据主体重新授权。", "Ask the owner of the data for a consent."),
    ),
    Policy(
        "parameters",
        Text("参数不溯及既往", "Parameters never change the past"),
        _house("参数", "parameters"),
        Text("由治理成员按规则设定参数。", "The governors set the parameter, for now or for later."),
    ),
)

CATALOGUE: dict[str, Policy] = {
    policy.id: policy for policy in (*_PARAMETERS_OF_THE_LEDGER, *_RULES_OF_THE_CONTRACTS)
}
"""Every policy by its id."""

PARAMETERS = tuple(policy.id for policy in _PARAMETERS_OF_THE_LEDGER)
"""Ids of the policies that are parameters of the ledger."""
