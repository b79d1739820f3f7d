"""Whatever one element of a good document says, reading refuses it or every later step bears it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.checks import cross_check, require_coherent
from flows.disclosure import Disclosure, disclose, verify_disclosure
from flows.documents import read_folder
from flows.errors import BadDocument
from flows.evidence import make_evidence
from flows.samples import SampleTrade, sample_party, write_sample_payment, write_sample_trade

NASTY = (
    *(
        "",
        "0",
        "-0",
        "-1",
        "1e400",
        "NaN",
        "99999999999999999999",
        "999999999999999999",
        "0.000000000000000001",
    ),
    *(
        "9999-12-31",
        "0001-01-01",
        "2024-02-30",
        "2024-03-09Z",
        "2024-03-09T00:00:00+14:00",
        "CNY",
        "XXX",
        "JPY",
    ),
    *("DBIT", "true", "../../etc/passwd", "A/B%2F", "\u202e", "1" * 5000, "386", "KGM"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile")
    trade: SampleTrade = write_sample_trade(
        path,
        number="9",
        buyer=sample_party("买方有限公司"),
        seller=sample_party("卖方有限公司"),
        carrier=sample_party("承运有限公司"),
        order_date=date(2024, 3, 1),
        due_date=date(2024, 6, 30),
        quantity=Decimal(12),
        unit_price=Decimal("3.5"),
    )
    write_sample_payment(path, invoice=trade.invoice, booked=date(2024, 6, 28), account="1")
    return path


texts = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
)


@given(st.integers(1, 5), st.integers(0, 10**6), texts, st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
def test_one_strange_element_is_refused_or_borne(
    folder: Path, number: int, place: int, text: str, removed: bool
) -> None:
    path = next(folder.glob(f"{number}-*.xml"))
    good = path.read_bytes()
    root = ElementTree.fromstring(good)  # noqa: S314 - our own sample
    parents = [one for one in root.iter() if len(one)]
    elements = [one for one in root.iter() if not len(one)]
    if removed:
        parent = parents[place % len(parents)]
        parent.remove(parent[place % len(parent)])
    else:
        elements[place % len(elements)].text = text
    path.write_bytes(ElementTree.tostring(root))
    try:
        documents = read_folder(folder)
        require_coherent(documents)
    except BadDocument as refused:
        assert refused.file  # noqa: PT017 - either outcome is right, and this one must say where
        return
    finally:
        path.write_bytes(good)
    evidence = make_evidence(documents, cross_check(documents), bytes(32))
    whole = disclose(evidence, [field.path for field in evidence.fields])
    shown = verify_disclosure(Disclosure.from_json(whole.to_json()), evidence.commitment)
    assert len(shown) == len(evidence.fields)
