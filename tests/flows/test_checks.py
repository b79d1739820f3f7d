from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from flows.checks import CATALOGUE, CheckResult, Level, Outcome, cross_check, require_coherent
from flows.documents import Documents, PastPayment, read_folder
from flows.errors import IncoherentDocuments
from flows.records import CreditNote, Flow, Invoice, Party, Totals
from flows.samples import SampleTrade, ledger_rows, sample_party, write_sample_payment


def with_invoice(trade: SampleTrade, invoice: Invoice) -> Documents:
    return replace(trade.documents, invoices=(invoice,))


def credit_note(trade: SampleTrade, quantity: int) -> CreditNote:
    (line,) = trade.invoice.lines
    net = (quantity * Decimal("86.50")).quantize(Decimal("0.01"))
    tax = (net * Decimal("0.13")).quantize(Decimal("0.01"))
    (subtotal,) = trade.invoice.taxes
    return CreditNote(
        "5-credit.xml",
        "CN-1",
        trade.invoice.issued + timedelta(days=3),
        "CNY",
        trade.invoice.buyer,
        trade.invoice.seller,
        (replace(line, quantity=Decimal(quantity), amount=net),),
        Totals(payable=net + tax, lines=net, net=net, gross=net + tax),
        tax,
        (replace(subtotal, taxable=net, tax=tax),),
        (trade.invoice.id,),
    )


def paid(trade: SampleTrade, booked: date = date(2024, 6, 28), **given: object) -> Documents:
    facts = {"invoice": trade.invoice, "booked": booked, "account": "6222000100012345"} | given
    write_sample_payment(trade.paths[0].parent, **facts)  # type: ignore[arg-type]
    return read_folder(trade.paths[0].parent)


def test_a_consistent_unpaid_trade_is_l3_and_passes_every_rule_that_applies(trade: SampleTrade) -> None:
    checked = cross_check(trade.documents)
    assert checked.level is Level.L3
    assert checked.score == 1
    assert not checked.failures
    assert checked.reason == "L3: 3 flows match; funds has no document."
    assert [result.rule for result in checked.results] == [rule.id for rule in CATALOGUE]
    assert checked.result("X-02a").figures == {
        "ordered": 1200,
        "despatched": 1200,
        "received": 1200,
        "invoiced": 1200,
        "credited": 0,
    }


def test_a_paid_trade_that_stands_in_both_ledgers_is_l4(trade: SampleTrade) -> None:
    documents = paid(trade)
    require_coherent(documents)
    sold, bought = ledger_rows(trade.invoice)
    checked = cross_check(replace(documents, seller_ledger=(sold,), buyer_ledger=(bought,)))
    assert checked.level is Level.L4
    assert checked.matched == set(Flow)
    assert [result.rule for result in checked.results if not result.passed] == ["X-08"]


Change = Callable[[SampleTrade], Documents]


def _delivered(quantity: int) -> Change:
    def change(trade: SampleTrade) -> Documents:
        (line,) = trade.receipt.lines
        receipt = replace(trade.receipt, lines=(replace(line, quantity=Decimal(quantity)),))
        return replace(trade.documents, receipts=(receipt,))

    return change


def _rejected(trade: SampleTrade) -> Documents:
    (line,) = trade.receipt.lines
    return replace(
        trade.documents, receipts=(replace(trade.receipt, lines=(replace(line, rejected=Decimal(10)),)),)
    )


def _price(trade: SampleTrade) -> Documents:
    (line,) = trade.order.lines
    order = replace(trade.order, lines=(replace(line, price=Decimal(80), amount=Decimal(96000)),))
    return replace(trade.documents, orders=(order,))


def _short_price(trade: SampleTrade) -> Documents:
    (line,) = trade.order.lines
    return replace(trade.documents, orders=(replace(trade.order, lines=(replace(line, price=Decimal(80)),)),))


def _invoice(**given: object) -> Change:
    return lambda trade: with_invoice(trade, replace(trade.invoice, **given))  # type: ignore[arg-type]


def _totals(**given: Decimal) -> Change:
    return lambda trade: with_invoice(
        trade, replace(trade.invoice, totals=replace(trade.invoice.totals, **given))
    )


def _history(*lags: int) -> Change:
    def change(trade: SampleTrade) -> Documents:
        day = date(2023, 1, 1)
        past = [PastPayment(f"I{n}", day, day, day + timedelta(days=n), Decimal(1)) for n in lags]
        return replace(trade.documents, history=tuple(past))

    return change


def _seller_row(**given: object) -> Change:
    def change(trade: SampleTrade) -> Documents:
        row = replace(ledger_rows(trade.invoice)[0], **given)  # type: ignore[arg-type]
        return replace(trade.documents, seller_ledger=(row,))

    return change


FAULTS: list[tuple[str, Change, str]] = [
    (
        "X-01a",
        _invoice(buyer=sample_party("别家有限公司")),
        "buyer of invoice INV-2024-001 is 别家有限公司",
    ),
    ("X-01a", _invoice(seller=Party("杭州精工零部件厂")), "seller of invoice INV-2024-001"),
    (
        "X-01b",
        lambda t: with_invoice(t, replace(t.invoice, seller=t.invoice.buyer)),
        "as buyer and as seller",
    ),
    ("X-01c", _invoice(orders=("PO-OTHER",)), "refers to order PO-OTHER, at hand is PO-2024-001"),
    ("X-02a", _delivered(1190), "invoiced 1200 exceeds accepted 1190 by 10, and nothing is credited"),
    ("X-02a", _delivered(1210), "received 1210 exceeds despatched 1200"),
    ("X-02a", _rejected, "invoiced 1200 exceeds accepted 1190 by 10"),
    ("X-02b", _price, "invoiced at 86.5, ordered at 80"),
    ("X-02c", _price, "come to 103800.00, more than the 96000 ordered"),
    ("X-03a", _totals(lines=Decimal("1.00")), "lines add up to 103800.00, the line total is 1.00"),
    ("X-03a", _totals(gross=Decimal("117294.01")), "the tax-inclusive amount is 117294.01"),
    ("X-03a", _totals(payable=Decimal("117000.00")), "is not the payable 117000.00"),
    ("X-03b", _invoice(tax=Decimal("13494.50")), "taxes of the categories add up to 13494.00"),
    ("X-03c", _invoice(currency="USD"), "documents are in CNY and USD"),
    (
        "X-04a",
        _invoice(issued=date(2024, 2, 28)),
        "invoice INV-2024-001 of 2024-02-28 is before the order",
    ),
    ("X-04a", _invoice(issued=date(2024, 1, 1)), "over 30 days after the invoice"),
    ("X-03d", _short_price, "order PO-2024-001: line 1 is 103800.00, 1200 at 80 gives 96000"),
    ("X-04b", _invoice(due=date(2024, 3, 9)), "not after it"),
    ("X-04b", _invoice(due=date(2024, 7, 1)), "agrees on 2024-06-30 at the latest"),
    (
        "X-05a",
        lambda t: replace(t.documents, credit_notes=(credit_note(t, 1200),)),
        "nothing stays payable",
    ),
    ("X-05a", lambda t: replace(t.documents, face=Decimal(117295)), "the receivable is 117295"),
    ("X-05b", _seller_row(number="9"), "is not in the seller's ledger"),
    ("X-05b", _seller_row(voided=True), "is voided in the seller's ledger"),
    ("X-05b", _seller_row(gross=Decimal(1)), "is 117294.00, the seller's ledger has 1"),
    ("X-05b", _seller_row(issued=date(2024, 3, 10)), "the seller's ledger says 2024-03-10"),
    ("X-05c", lambda t: replace(t.documents, buyer_ledger=()), "is not in the buyer's ledger"),
    ("X-05d", lambda t: replace(t.documents, invoices=(t.invoice, t.invoice)), "stands 2 times"),
    ("X-08", _history(20, 30, 40), "the term is 113 days, 3 earlier payments took 30.0 on average"),
    ("I-16", _invoice(type_code="386"), "is a prepayment invoice"),
    ("I-19", _invoice(due=date(2024, 12, 31)), "has a term of 297 days, over 184"),
]


@pytest.mark.parametrize(("rule", "change", "says"), FAULTS)
def test_a_rule_finds_its_fault_and_says_it_with_numbers(
    trade: SampleTrade, rule: str, change: Change, says: str
) -> None:
    result = cross_check(change(trade)).result(rule)
    assert result.failed
    assert says in result.detail
    assert result.documents


PAYMENT_FAULTS: list[tuple[str, dict[str, object], str]] = [
    ("X-09a", {"amount": Decimal("100000.00")}, "100000.00 CNY is paid, 117294.00 is payable"),
    ("X-09b", {"debtor": sample_party("代付有限公司")}, "is paid by 代付有限公司"),
    ("X-09c", {"account": "9999"}, "reaches account 9999"),
    ("I-16", {"booked": date(2024, 3, 5)}, "is booked 2024-03-05"),
]


@pytest.mark.parametrize(("rule", "given", "says"), PAYMENT_FAULTS)
def test_a_payment_rule_finds_its_fault(
    trade: SampleTrade, rule: str, given: dict[str, object], says: str
) -> None:
    result = cross_check(paid(trade, **given)).result(rule)  # type: ignore[arg-type]
    assert result.failed
    assert says in result.detail


def test_a_payment_that_quotes_another_invoice_confirms_nothing(trade: SampleTrade) -> None:
    other = replace(trade.invoice, id="INV-2024-0019", payment_id="PAY-9")
    checked = cross_check(paid(trade, invoice=other))
    assert "none of 1 payments is a booked credit that quotes an invoice" in checked.result("X-09a").detail
    assert checked.level is Level.L3


def test_a_payment_may_quote_the_vouchers_number(trade: SampleTrade) -> None:
    other = replace(trade.invoice, id="OTHER", payment_id="")
    documents = paid(trade, invoice=other, end_to_end_id="4294967297")
    assert cross_check(documents).result("X-09a").failed
    assert cross_check(replace(documents, references=("4294967297",))).level is Level.L4


def test_every_rule_of_the_catalogue_has_a_failing_case() -> None:
    assert {case[0] for case in (*FAULTS, *PAYMENT_FAULTS)} == {rule.id for rule in CATALOGUE}


def test_no_rule_raises_and_none_applies_without_documents() -> None:
    checked = cross_check(Documents())
    assert {result.outcome for result in checked.results} == {Outcome.NOT_APPLICABLE}
    assert checked.score is None
    assert checked.level is Level.L0


def test_rules_do_not_raise_whatever_is_absent(trade: SampleTrade) -> None:
    whole = paid(trade)
    kinds = ("orders", "despatches", "receipts", "invoices", "payments")
    for absent in range(1 << len(kinds)):
        gone = {kind: () for place, kind in enumerate(kinds) if absent >> place & 1}
        checked = cross_check(replace(whole, **gone))  # type: ignore[arg-type]
        assert all(isinstance(result, CheckResult) and result.detail for result in checked.results)
        assert not checked.hard_failures


def test_a_credit_note_for_the_excess_mends_the_quantities(trade: SampleTrade) -> None:
    short = _delivered(1190)(trade)
    assert cross_check(short).level is Level.L0
    mended = cross_check(replace(short, credit_notes=(credit_note(trade, 10),)))
    assert mended.result("X-02a").passed
    assert mended.result("X-02a").figures["credited"] == 10
    assert mended.level is Level.L3


def test_a_credit_note_for_everything_forbids_an_attestation(trade: SampleTrade) -> None:
    checked = cross_check(replace(trade.documents, credit_notes=(credit_note(trade, 1200),)))
    assert "no invoiced quantity stays to match the goods" in checked.result("X-02a").detail
    assert [result.rule for result in checked.hard_failures] == ["X-05a"]
    assert checked.level is None
    assert checked.reason == "No attestation: X-05a failed, and forbids any."


def test_a_credit_note_for_another_invoice_takes_nothing_back(trade: SampleTrade) -> None:
    other = replace(credit_note(trade, 1200), invoices=("INV-OTHER",))
    checked = cross_check(replace(trade.documents, credit_notes=(other,)))
    assert checked.result("X-05a").passed
    assert checked.result("X-02a").figures["credited"] == 0
    assert "credit note CN-1 refers to invoice INV-OTHER" in checked.result("X-01c").detail


def test_signatures_raise_the_level_only_below_three_flows(trade: SampleTrade) -> None:
    short = _delivered(1190)(trade)
    assert cross_check(short, countersigned=True).level is Level.L1
    assert cross_check(short, countersigned=True, source_signed=True).level is Level.L2
    assert cross_check(trade.documents, countersigned=True).level is Level.L3


def test_a_partial_payment_keeps_three_flows(trade: SampleTrade) -> None:
    checked = cross_check(paid(trade, amount=Decimal(1)))
    assert checked.level is Level.L3
    assert "funds fails X-09a" in checked.reason


def test_names_are_compared_beyond_width_and_spaces_and_only_without_common_ids(trade: SampleTrade) -> None:
    seller = Party("杭州精工 零部件（有限公司）")
    buyer = replace(trade.invoice.buyer, name="华东重工（新名）集团有限公司")
    documents = with_invoice(trade, replace(trade.invoice, seller=seller, buyer=buyer))
    assert cross_check(documents).result("X-01a").passed


def test_the_score_is_weight_passed_over_weight_applicable(trade: SampleTrade) -> None:
    checked = cross_check(_price(trade))
    applicable = sum(r.weight for r in checked.results if r.outcome is not Outcome.NOT_APPLICABLE)
    failed = sum(r.weight for r in checked.failures)
    assert checked.score == (Decimal(applicable - failed) / applicable).quantize(Decimal("0.0001"))


def test_an_invoice_dated_after_its_payment_is_refused(trade: SampleTrade) -> None:
    documents = paid(trade, booked=date(2024, 3, 8))
    with pytest.raises(IncoherentDocuments) as refused:
        require_coherent(documents)
    assert str(refused.value).startswith(
        "4-invoice.xml: cbc:IssueDate: invoice must not be dated after its payment (invoice INV-2024-001 is "
        "dated 2024-03-09, payment NTF-INV-2024-001-20240308/1/1 in 5-payment.xml is booked 2024-03-08)"
    )


def test_the_same_document_from_two_files_is_refused(trade: SampleTrade) -> None:
    twice = replace(trade.documents, invoices=(trade.invoice, replace(trade.invoice, file="copy.xml")))
    with pytest.raises(IncoherentDocuments, match=r"copy\.xml: cbc:ID: invoice INV-2024-001 must stand once"):
        require_coherent(twice)
