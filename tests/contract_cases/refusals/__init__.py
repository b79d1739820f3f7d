"""Every refusal of the ledger, as a call that meets it: what is called, and what is answered.

One module a part of the ledger; importing them registers their cases.
"""

from __future__ import annotations

from tests.contract_cases.cases import CASES as CASES
from tests.contract_cases.refusals import (
    attestations,
    computations,
    desk,
    financing,
    invoices,
    issuance,
    limits,
    participants,
    policies,
    settlement,
    vouchers,
)

MODULES = (
    *(participants, desk, policies, attestations, computations),
    *(invoices, limits, issuance, vouchers, settlement, financing),
)

UNREACHED = {
    # Needs 128 governors, 254 payments or 255 hops; the contracts' own suite and the rules' meet them.
    "TooManyGovernors",
    "TooManyPayments",
    "TooManyHops",
    # Who calls a hand directly is met by the contracts' own suite.
    "NotDesk",
}
