"""The private protocol on real ledgers: the bank decrypts the very score of the clear scorecard."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from credit.portfolio import Portfolio, read_portfolio
from credit.scorecard import Scorecard
from credit.training import train_scorecard
from privacy.protocols import private_scoring as scoring

_DATA = Path(os.environ.get("COUNTERFOIL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
FOLDER = (_DATA / "sme-invoices").resolve()

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (FOLDER / "att1_enterprise_labels.csv").is_file(),
        reason=f"no ledgers in {FOLDER}: set COUNTERFOIL_DATA",
    ),
]

KEY_BITS = 2048  # short, for speed: the integers that come out do not depend on the key
CONTEXT = scoring.ModelContext(chain_id=1337, ledger=bytes(20), bank=7, version=1)


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return read_portfolio(FOLDER)


@pytest.fixture(scope="module")
def scorecard(portfolio: Portfolio) -> Scorecard:
    return train_scorecard(portfolio.labelled)


def test_the_private_score_equals_the_clear_score_on_every_firm(
    portfolio: Portfolio, scorecard: Scorecard
) -> None:
    key = scoring.generate_key(KEY_BITS)
    publication, _ = scoring.publish_model(
        key, scoring.IntegerModel(scorecard.weights, scorecard.bias), CONTEXT
    )
    # The no-small-factor proof is left to the tests of the protocol.
    model = scoring.verify_model(publication, factor=None, key_bits=KEY_BITS)
    for number, vector in enumerate(portfolio.vectors.values(), start=1):
        commitments, openings = scoring.commit_features(vector.values)
        statement = scoring.ScoreStatement(
            job=number.to_bytes(32),
            chain_id=CONTEXT.chain_id,
            ledger=CONTEXT.ledger,
            owner=number,
            bank=CONTEXT.bank,
            model=publication.commitment,
            attestation=scoring.commitments_digest(commitments),
            features=commitments,
        )
        private = scoring.open_score(key, publication, statement, scoring.answer(model, openings, statement))
        assert private == scorecard.integer_score(vector)
        gap = abs(Fraction(private, scorecard.scale) - Fraction(scorecard.clear_score(vector)))
        assert gap <= scorecard.gap_bound
