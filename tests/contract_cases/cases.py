"""What the cases of refusals share: how they are registered, and what they are made of.

A case brings the ledger into the state it needs, and returns the call and the refusal it expects.
"""

from __future__ import annotations

from collections.abc import Callable

from chain import errors
from chain.errors import LedgerRefusal
from chain.rules.state import Role
from tests.chain.scenario import REASON, Scene

Refused = tuple[Callable[[], object], LedgerRefusal]
Case = Callable[[Scene], Refused]

CASES: dict[str, Case] = {}

NOWHERE = 999


def case(build: Case) -> Case:
    """Registers a case under its name."""
    if build.__name__ in CASES:
        raise ValueError(f"there is a case {build.__name__} already")
    CASES[build.__name__] = build
    return build


def newcomer(s: Scene, role: Role) -> str:
    """Somebody of its own for a case, who can be suspended; `signers` and `numbers` know it."""
    name = f"newcomer {s.fresh().hex()}"
    s.admit(name, int(role))
    return name


def suspend(s: Scene, name: str) -> LedgerRefusal:
    """Suspends somebody; what is answered from then on."""
    s.govern(s.ledger.participants.encoded("suspend", s.numbers[name], REASON))
    return errors.ParticipantSuspended(s.numbers[name])
