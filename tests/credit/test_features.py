"""Features of a firm: what counts, where it is clipped, and that anyone gets the same integers."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from math import log10, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.features import (
    FEATURE_MAXIMUM,
    FEATURE_SCHEMA,
    FEATURE_SCHEMA_ID,
    FEATURES,
    extract_features,
)
from credit.figures import EmptyLedger, MixedLedger, NotWholeFen, summarise_ledger
from flows.ledger import Label, LedgerInvoice, Side

END = date(2019, 12, 31)


def row(
    net: str,
    issued: date = END,
    buyer: str = "B1",
    number: str = "1",
    side: Side = Side.SALE,
    voided: bool = False,
    firm: str = "E1",
) -> LedgerInvoice:
    amount = Decimal(net)
    return LedgerInvoice(firm, side, number, issued, buyer, amount, Decimal(0), amount, voided)


def features(*rows: LedgerInvoice, as_of: date | None = END) -> dict[str, int]:
    return extract_features(rows, as_of).named()


def steady(year: int = 2019, net: str = "1000.00", buyer: str = "B1") -> list[LedgerInvoice]:
    return [row(net, date(year, month, 15), buyer, f"{year}{month:02}") for month in range(1, 13)]


amounts = st.decimals(min_value=-(10**16), max_value=10**16, places=2, allow_nan=False, allow_infinity=False)
rows = st.builds(
    LedgerInvoice,
    firm=st.just("E1"),
    side=st.sampled_from(Side),
    number=st.text("0123456789", min_size=1, max_size=8),
    issued=st.dates(date(2016, 1, 1), date(2020, 12, 31)),
    counterpart=st.sampled_from(["B1", "B2", "B3"]),
    net=amounts,
    tax=amounts,
    gross=amounts,
    voided=st.booleans(),
)


@given(ledger=st.lists(rows, min_size=1, max_size=40), as_of=st.none() | st.dates())
def test_every_feature_lies_within_its_stated_bound_for_any_ledger(
    ledger: list[LedgerInvoice], as_of: date | None
) -> None:
    vector = extract_features(ledger, as_of)
    assert len(vector.values) == len(FEATURES)
    for spec, value in zip(FEATURES, vector.values, strict=True):
        assert type(value) is int
        assert 0 <= value <= spec.maximum < 1 << spec.bits <= 1 << 40


@given(ledger=st.lists(rows, min_size=1, max_size=20), shuffled=st.randoms())
def test_order_and_exact_duplicates_do_not_change_the_features(
    ledger: list[LedgerInvoice], shuffled: object
) -> None:
    twice = ledger + ledger
    getattr(shuffled, "shuffle")(twice)  # noqa: B009 - Hypothesis hands out an untyped random
    assert extract_features(twice).values == extract_features(ledger).values


@given(ledger=st.lists(rows, min_size=1, max_size=20))
def test_features_do_not_depend_on_the_callers_decimal_context(ledger: list[LedgerInvoice]) -> None:
    plain = extract_features(ledger)
    with localcontext() as context:
        context.prec = 3
        assert extract_features(ledger) == plain


def test_a_steady_year_reads_as_steady() -> None:
    assert features(*steady(2018), *steady(2019)) == {
        "sales": int(1000 * log10(1 + 12_000)),
        "sales_growth": 5_000,
        "sales_volatility": 0,
        "active_months": 10_000,
        "longest_gap": 0,
        "top_buyer_share": 10_000,
        "buyer_hhi": 10_000,
        "red_ratio": 0,
        "void_ratio": 0,
        "buyer_stability": 10_000,
        "purchases_to_sales": 0,
    }


def test_sales_are_the_logarithm_of_net_sales_excluding_vat() -> None:
    assert features(row("9.00"))["sales"] == 1_000
    assert features(row("99999.00"))["sales"] == 5_000
    assert features(row("99998.99"))["sales"] == 4_999
    assert features(row("99999999999999.99"))["sales"] == FEATURE_MAXIMUM


def test_growth_compares_the_year_with_the_year_before() -> None:
    assert features(*steady(2018), *steady(2019, "700.00"))["sales_growth"] == 3_500
    assert features(*steady(2018), *steady(2019, "1500.00"))["sales_growth"] == 7_500


def test_growth_beyond_doubling_is_clipped() -> None:
    assert features(*steady(2018, "1.00"), *steady(2019))["sales_growth"] == FEATURE_MAXIMUM


def test_growth_from_nothing_is_the_maximum_and_from_nothing_to_nothing_is_flat() -> None:
    assert features(*steady(2019))["sales_growth"] == FEATURE_MAXIMUM
    assert features(row("5.00", side=Side.PURCHASE))["sales_growth"] == 5_000


def test_sales_that_vanish_grow_by_minus_one_hundred_percent() -> None:
    assert features(*steady(2018), row("5.00", side=Side.PURCHASE))["sales_growth"] == 0


def test_more_red_than_blue_counts_as_no_sales() -> None:
    found = features(row("100.00"), row("-300.00", number="2"))
    assert found["sales"] == 0
    assert found["sales_growth"] == 5_000
    assert found["sales_volatility"] == FEATURE_MAXIMUM
    assert found["top_buyer_share"] == FEATURE_MAXIMUM
    assert found["red_ratio"] == FEATURE_MAXIMUM


def test_one_month_of_sales_has_the_volatility_of_one_month_in_twelve() -> None:
    found = features(row("100.00"))
    assert found["sales_volatility"] == int(2_500 * sqrt(11))
    assert found["active_months"] == 10_000 // 12
    assert found["longest_gap"] == 10_000 * 11 // 12


@given(months=st.lists(st.integers(0, 10**9), min_size=12, max_size=12).filter(any))
def test_volatility_is_the_population_deviation_over_the_mean(months: list[int]) -> None:
    ledger = [
        row(str(Decimal(fen).scaleb(-2)), date(2019, month + 1, 1), number=str(month))
        for month, fen in enumerate(months)
    ]
    mean = Fraction(sum(months), 12)
    variance = sum((fen - mean) ** 2 for fen in months) / 12
    found = Fraction(features(*ledger)["sales_volatility"], 2_500)
    assert found**2 <= variance / mean**2 < (found + Fraction(1, 2_500)) ** 2


def test_a_gap_in_the_middle_is_found() -> None:
    ledger = [r for r in steady() if r.issued.month not in (4, 5, 6, 9)]
    found = features(*ledger)
    assert found["longest_gap"] == 10_000 * 3 // 12
    assert found["active_months"] == 10_000 * 8 // 12


def test_concentration_is_over_buyers_with_positive_net_sales() -> None:
    found = features(
        row("300.00", buyer="B1", number="1"),
        row("100.00", buyer="B2", number="2"),
        row("-50.00", buyer="B3", number="3"),
    )
    assert found["top_buyer_share"] == 7_500
    assert found["buyer_hhi"] == 10_000 * (9 + 1) // 16


def test_a_red_letter_invoice_lowers_sales_and_counts_as_dilution() -> None:
    found = features(row("1000.00"), row("-100.00", number="2"))
    assert found["red_ratio"] == 1_000
    assert found["sales"] == int(1000 * log10(901))


def test_red_without_blue_is_the_worst_dilution() -> None:
    assert features(row("-1.00"))["red_ratio"] == FEATURE_MAXIMUM


def test_a_voided_invoice_counts_for_the_void_ratio_and_for_nothing_else() -> None:
    ledger = [*steady(2018), *steady(2019)]
    void = row("9999999.00", buyer="B9", number="99", voided=True)
    before, after = features(*ledger), features(*ledger, void)
    assert after.pop("void_ratio") == 10_000 // 13
    assert before.pop("void_ratio") == 0
    assert after == before


def test_voided_red_letters_are_not_dilution() -> None:
    assert features(row("100.00"), row("-100.00", number="2", voided=True))["red_ratio"] == 0


def test_an_invoice_exported_before_and_after_it_was_voided_is_voided_once() -> None:
    valid, void = row("100.00"), row("100.00", voided=True)
    for ledger in ([valid, void], [void, valid]):
        figures = summarise_ledger(ledger, END)
        assert (figures.sales, figures.sale_rows, figures.voided_sale_rows) == (0, 1, 1)


def test_lines_of_different_amounts_under_one_number_all_count() -> None:
    assert summarise_ledger([row("100.00"), row("50.00")], END).sales == 150_00


def test_stability_is_the_share_of_buyers_kept_between_half_years() -> None:
    found = features(
        row("1.00", date(2019, 1, 1), "B1", "1"),
        row("1.00", date(2019, 6, 30), "B2", "2"),
        row("1.00", date(2019, 7, 1), "B2", "3"),
        row("1.00", date(2019, 12, 31), "B3", "4"),
    )
    assert found["buyer_stability"] == 10_000 // 3


def test_purchases_are_compared_with_sales() -> None:
    assert features(row("100.00"), row("80.00", side=Side.PURCHASE))["purchases_to_sales"] == 4_000
    assert features(row("100.00"), row("900.00", side=Side.PURCHASE))["purchases_to_sales"] == FEATURE_MAXIMUM
    assert features(row("900.00", side=Side.PURCHASE))["purchases_to_sales"] == FEATURE_MAXIMUM
    assert features(row("100.00"), row("-80.00", side=Side.PURCHASE))["purchases_to_sales"] == 0


def test_the_window_is_twelve_calendar_months_and_the_last_counts_in_full() -> None:
    figures = summarise_ledger(
        [
            row("1.00", date(2019, 3, 1), number="1"),
            row("10.00", date(2019, 2, 28), number="2"),
            row("100.00", date(2018, 3, 1), number="3"),
            row("1000.00", date(2018, 2, 28), number="4"),
        ],
        as_of=date(2020, 2, 3),
    )
    assert figures.sales == 100
    assert figures.prior_sales == 11_000 - 1_000 + 1_000
    assert figures.history_months == 25


def test_rows_after_the_as_of_date_do_not_exist() -> None:
    later = row("500.00", date(2020, 1, 1), number="2")
    assert features(row("100.00"), later) == features(row("100.00"))


def test_a_ledger_whose_rows_are_all_later_is_an_empty_past() -> None:
    found = summarise_ledger([row("1.00")], as_of=date(2010, 1, 1))
    assert (found.sales, found.history_months, found.sale_rows) == (0, 0, 0)


def test_the_as_of_date_is_the_last_row_of_either_side_unless_given() -> None:
    vector = extract_features(
        [row("1.00", date(2019, 1, 1)), row("1.00", date(2019, 3, 9), side=Side.PURCHASE)]
    )
    assert vector.as_of == date(2019, 3, 9)


def test_an_empty_ledger_is_refused() -> None:
    with pytest.raises(EmptyLedger):
        extract_features([])
    with pytest.raises(EmptyLedger):
        extract_features([], END)


def test_rows_of_two_firms_are_refused_by_name() -> None:
    with pytest.raises(MixedLedger, match="E1, E2"):
        extract_features([row("1.00"), row("1.00", firm="E2")])


@pytest.mark.parametrize("net", ["0.001", "NaN", "Infinity"])
def test_an_amount_that_is_not_whole_fen_is_refused(net: str) -> None:
    with pytest.raises(NotWholeFen):
        extract_features([row(net)], END)


def test_the_schema_hash_names_every_definition() -> None:
    assert hashlib.sha256(FEATURE_SCHEMA.encode()).digest() == FEATURE_SCHEMA_ID
    named = [entry["name"] for entry in json.loads(FEATURE_SCHEMA)["features"]]
    assert named == [spec.name for spec in FEATURES]
    assert extract_features([row("1.00")]).schema_id == FEATURE_SCHEMA_ID


def test_the_schema_changes_only_on_purpose() -> None:
    """A new definition needs a new hash here, and new attestations wherever the old one is named."""
    assert FEATURE_SCHEMA_ID.hex() == "02153b2c0497ed3e0ba4761b43c481d78a1b7fb32200cd535c90e7c495289cff"


def test_the_rating_is_not_a_feature() -> None:
    assert "rating" in Label.__slots__
    assert not any("rating" in spec.name or "评级" in spec.chinese for spec in FEATURES)
