"""Every refusal of the ledger, as a call that meets it: what is called, and what is answered.

One module a part of the ledger; importing them registers their cases.
"""

from __future__ import annotations

from tests.contract_cases.cases import CASES as CASES
from tests.contract_cases.refusals import attestations, computations, desk, participants, receivables

MODULES = (participants, desk, attestations, computations, receivables)

UNREACHED = {
    # Needs 128 governors or 254 payments; the contracts' own suite and the rules' meet them.
    "TooManyGovernors",
    "TooManyPayments",
    # Who calls a hand directly is met by the contracts' own suite.
    "NotDesk",
}
