"""Maker and checker; and calls that only the contracts make of each other."""

from __future__ import annotations

from chain.differential.choosing import NONE, Chooser, Kind
from chain.differential.steps import Step
from chain.rules.participants import accounts_of, number_of
from chain.rules.state import ALL_ROLES, DraftState, Encumbrance, Ledger, Role


def desk(kinds: tuple[Kind, ...]) -> Kind:
    """The kind of step that works a participant's desk, for calls of other kinds."""

    def work(c: Chooser, ledger: Ledger, now: int) -> Step | None:
        number = c.find(ledger, "hand", lambda *_: True) if c.random.random() < 0.9 else None
        if number is None:
            number = c.some(ledger, "participant")
            return Step("Desk", "open", c.account(ledger, number, Role.ADMIN), ())
        missing = _missing(c, ledger, number)
        if missing is not None and c.random.random() < 0.8:
            return missing
        waiting = c.find(
            ledger,
            "draft",
            lambda n, d: n in c.drafts and (d.state == DraftState.OPEN or c.random.random() < 0.02),
        )
        if waiting is not None and c.random.random() < 0.7:
            return _further(c, ledger, waiting)
        inner = _of_participant(c, ledger, now, number, kinds)
        if inner is None:
            return None
        maker = c.account(ledger, number, Role.MAKER)
        return Step("Desk", "make", maker, (c.world.addresses[inner.contract], inner.data))

    return work


def _missing(c: Chooser, ledger: Ledger, number: int) -> Step | None:
    """What a participant with a hand still needs: the hand among its accounts, a maker, a checker."""
    accounts = [ledger.account[a].scope for a in accounts_of(ledger, number)]
    free = [a for a in c.accounts if not number_of(ledger, a)]
    admin = c.account(ledger, number, Role.ADMIN)
    hand = ledger.hand[number]
    if number_of(ledger, hand) != number:
        return Step("Participants", "addAccount", admin, (number, hand, int(ALL_ROLES), 0))
    for side in (Role.MAKER, Role.CHECKER):
        if free and not any(scope & side for scope in accounts):
            return Step("Participants", "addAccount", admin, (number, c.random.choice(free), int(side), 0))
    return None


def _further(c: Chooser, ledger: Ledger, number: int) -> Step:
    draft = ledger.draft[number]
    checker = c.account(ledger, draft.number, Role.CHECKER)
    draw = c.random.random()
    if draw < 0.1:
        return Step("Desk", "reject", checker, (number, c.fresh()))
    if draw < 0.15:
        maker = draft.maker if draft.maker in c.world.signers else checker
        return Step("Desk", "cancel", maker, (number,))
    return Step("Desk", "check", checker, c.drafts[number].arguments)


def _of_participant(
    c: Chooser, ledger: Ledger, now: int, number: int, kinds: tuple[Kind, ...]
) -> Step | None:
    """A step that this participant might take, of other kinds than a desk's."""
    step = None
    for _ in range(12):
        step = c.random.choice(kinds)(c, ledger, now) or step
        if step is not None and number_of(ledger, step.sender) == number:
            return step
    return step


def trespass(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    """Somebody calls what the contracts call of each other."""
    number, receivable = c.some(ledger, "voucher"), c.some(ledger, "receivable")
    if number is None:
        return None
    version, free = ledger.voucher[number].version, int(Encumbrance.FREE)
    calls: list[tuple[str, str, tuple[object, ...]]] = [
        ("Receivables", "open", (receivable, (1, 2, 3, 156, 9, 0, 0, 0, 3, 3, 1, 9))),
        ("Receivables", "voidUntouched", (receivable,)),
        ("Receivables", "setRedLetter", (receivable, False)),
        ("Receivables", "lock", (number, version, 1, 2, 3)),
        ("Receivables", "free", (number, version, free)),
        ("Receivables", "pledge", (number, version, 3)),
        ("Receivables", "assign", (number, version, free, 2, False)),
        ("Receivables", "setBound", (number, False)),
        ("Receivables", "useReference", (c.fresh(), number)),
        ("Limits", "reserve", (1, 156, 1)),
        ("Limits", "commit", (1, 0, 156, 1)),
        ("Limits", "unreserve", (1, 0, 156, 1)),
        ("Limits", "release", (1, 0, 156, 1)),
        ("Invoices", "use", (NONE, 1, 156, 1)),
        ("Invoices", "release", (c.some(ledger, "invoice"), 1)),
    ]
    contract, function, arguments = c.random.choice(calls)
    return Step(contract, function, c.random.choice(c.accounts), arguments)
