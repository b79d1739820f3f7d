"""The kinds of steps there are, and how often each is taken."""

from __future__ import annotations

from chain.differential.choices import evidence, financing, issue, passing, people
from chain.differential.choices.desks import desk, trespass
from chain.differential.choosing import Kind

OWN_KINDS: tuple[Kind, ...] = (
    *(evidence.attest,) * 4,
    evidence.take_back,
    evidence.consent,
    *(evidence.compute,) * 2,
    *(issue.register,) * 3,
    *(issue.change_invoice,) * 2,
    *(issue.propose,) * 5,
    *(issue.answer,) * 6,
    issue.void,
    *(issue.stop,) * 2,
    *(passing.split,) * 4,
    *(passing.offer,) * 4,
    *(passing.take,) * 7,
    *(passing.hold,) * 2,
    *(passing.pay,) * 3,
    *(passing.redeem,) * 4,
    *(financing.quote,) * 5,
    *(financing.complete,) * 6,
    *(financing.lend,) * 2,
    *(financing.recourse,) * 3,
    financing.claim,
)
"""What participants do themselves."""

KINDS: tuple[Kind, ...] = (
    *OWN_KINDS,
    *(people.govern,) * 7,
    people.keep_accounts,
    *(desk(OWN_KINDS),) * 3,
    trespass,
)
"""Everything that is done."""
