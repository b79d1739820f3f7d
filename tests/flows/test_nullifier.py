from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.nullifier import invoice_nullifier, legal_id_hash

KEY = bytes(range(32))
INVOICE = ("91330100MA2800000X", "26332000000000000001", date(2026, 3, 10))

texts = st.text(max_size=30)


def test_an_invoice_has_one_name_whoever_asks() -> None:
    assert invoice_nullifier(KEY, *INVOICE) == invoice_nullifier(KEY, *INVOICE)
    assert len(invoice_nullifier(KEY, *INVOICE)) == 32


def test_without_the_key_the_name_is_another() -> None:
    assert invoice_nullifier(KEY, *INVOICE) != invoice_nullifier(bytes(32), *INVOICE)


@given(texts, texts, texts, texts)
def test_no_two_invoices_share_a_name_by_shifting_text_between_fields(
    seller: str, number: str, other_seller: str, other_number: str
) -> None:
    issued = INVOICE[2]
    same = (seller, number) == (other_seller, other_number)

    first = invoice_nullifier(KEY, seller, number, issued)
    second = invoice_nullifier(KEY, other_seller, other_number, issued)

    assert (first == second) is same


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_or_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        invoice_nullifier(bytes(length), *INVOICE)
    with pytest.raises(ValueError, match="32 bytes"):
        legal_id_hash(bytes(length), "USCC", INVOICE[0])


def test_an_organisation_is_hidden_by_its_salt() -> None:
    hashed = legal_id_hash(KEY, "USCC", INVOICE[0])

    assert hashed != legal_id_hash(bytes(32), "USCC", INVOICE[0])
    assert hashed != legal_id_hash(KEY, "LEI", INVOICE[0])
