"""Known answers for Paillier with g = N + 1 and explicit randomness.

Numbers from phe 1.5.0, phe/tests/paillier_test.py lines 130-149 (numbers only), toy key N = 126869 = 293 *
433, read from `vectors-paillier/phe_small_kat.json` of COUNTERFOIL_DATA.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from privacy.primitives import paillier

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COUNTERFOIL_DATA", ROOT.parent / "shared" / "data"))
VECTORS = DATA / "vectors-paillier" / "phe_small_kat.json"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not VECTORS.is_file(), reason=f"{VECTORS} is absent; set COUNTERFOIL_DATA"),
]


def test_encryption_and_decryption_give_the_known_answers() -> None:
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]

    assert vectors
    for vector in vectors:
        key = paillier.insecure_test_key(vector["p"], vector["q"])
        assert key.public.modulus == vector["n"]
        assert paillier.encrypt(key.public, vector["m"], vector["r"]) == vector["c"]
        assert paillier.encrypt_as_owner(key, vector["m"], vector["r"]) == vector["c"]
        assert paillier.decrypt(key, vector["c"]) == vector["m"]
        assert paillier.extract_root(key, vector["c"]) == vector["r"]
