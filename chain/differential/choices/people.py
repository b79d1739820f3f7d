"""What governors decide, and what participants do with their accounts."""

from __future__ import annotations

from chain.deployment import DAY
from chain.differential.choices.parameters import parameter
from chain.differential.choosing import NONE, Chooser
from chain.differential.steps import InnerCall, Step
from chain.rules.participants import accounts_of
from chain.rules.state import (
    ALL_ROLES,
    ATTRIBUTES,
    CAPABILITIES,
    FULL_SCOPE,
    NO_ACCOUNT,
    NOBODY,
    Ledger,
    ProposalState,
    Role,
    Status,
)

LONG = 3650 * DAY


def govern(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """A governor proposes, approves, takes back or executes; or somebody tries to decide alone."""
    draw = c.random.random()
    waiting = [n for n in c.keys(ledger, "proposal")[-6:] if _waits(c, ledger, n, now)]
    if waiting and draw < 0.8:
        return _further(c, ledger, c.random.choice(waiting))
    if 0.8 <= draw < 0.83:
        number = c.some(ledger, "proposal") or 1
        return _by_governor(c, ledger, "execute", number, c.calls.get(number, ()))
    if 0.83 <= draw < 0.87:
        contract, function, arguments = _decision(c, ledger, now)
        return Step(contract, function, c.random.choice(c.accounts), arguments)
    decided = [_call(c, ledger, now) for _ in range(c.random.choice([1, 1, 1, 2, 3]))]
    return _by_governor(c, ledger, "propose", tuple(decided))


def _waits(c: Chooser, ledger: Ledger, number: int, now: int) -> bool:
    proposal = ledger.proposal[number]
    current = proposal.expires_at >= now or c.random.random() < 0.02
    return proposal.state == ProposalState.OPEN and number in c.calls and current


def _further(c: Chooser, ledger: Ledger, number: int) -> Step:
    proposal = ledger.proposal[number]
    approvals = (proposal.approvals & ledger.governors).bit_count()
    draw = c.random.random()
    if draw < 0.03:
        proposer = [a for a, bit in c.governing(ledger).items() if bit == proposal.proposer]
        return Step("Participants", "cancel", c.random.choice(proposer or c.accounts), (number,))
    approving = [a for a, bit in c.governing(ledger).items() if proposal.approvals >> (bit - 1) & 1]
    if draw < 0.06:
        sender = c.random.choice(approving or c.accounts)
        return Step("Participants", "revokeApproval", sender, (number,))
    if approvals < ledger.threshold and draw < 0.95:
        able = [a for a in c.governing(ledger) if a not in approving]
        sender = c.random.choice(able or c.accounts)
        return Step("Participants", "approve", sender, (number,))
    return _by_governor(c, ledger, "execute", number, c.calls[number])


def _by_governor(c: Chooser, ledger: Ledger, function: str, *arguments: object) -> Step:
    governors = list(c.governing(ledger))
    return Step("Participants", function, c.random.choice(governors or c.accounts), arguments)


def _call(c: Chooser, ledger: Ledger, now: int) -> InnerCall:
    contract, function, arguments = _decision(c, ledger, now)
    return c.world.call(contract, function, *arguments)


Decision = tuple[str, str, tuple[object, ...]]


def _decision(c: Chooser, ledger: Ledger, now: int) -> Decision:
    """One act of governance, often one that lets things go on."""
    mended = _mended(c, ledger, now) if c.random.random() < 0.4 else None
    if mended is not None:
        return mended
    kinds = [
        _of_people,
        _of_accounts,
        _of_governors,
        _of_debtors,
        _of_schemas,
        parameter,
        parameter,
        parameter,
    ]
    return c.random.choice(kinds)(c, ledger, now)


def _mended(c: Chooser, ledger: Ledger, now: int) -> Decision | None:
    """Lets somebody act again who cannot, or issue again who may not."""
    number = c.some(ledger, "participant")
    participant = ledger.participant[number]
    if participant.status == Status.SUSPENDED:
        return "Participants", "reinstate", (number, c.fresh())
    if participant.valid_until < now + 5 * DAY:
        return "Participants", "setRoles", (number, participant.roles, now + LONG)
    accounts = [ledger.account[a] for a in accounts_of(ledger, number) if a in c.world.signers]
    if not any(a.roles & ALL_ROLES and a.valid_until > now for a in accounts):
        return "Participants", "addAccount", (number, _free_account(c, ledger), int(FULL_SCOPE), 0)
    stopped = c.find(ledger, "stop_cause", lambda _, cause: any(cause))
    if stopped is not None:
        return "Limits", "lift", (stopped, c.fresh())
    return None


def _of_people(c: Chooser, ledger: Ledger, now: int) -> Decision:
    number = c.some(ledger, "participant")
    participant = ledger.participant[number]
    valid_until = now + c.random.choice([LONG, LONG, 40 * DAY, 0])
    roles = c.random.choice([participant.roles, 1 << c.random.randrange(8), c.random.randrange(1, 1024)])
    known = c.random.choice([c.fresh(), c.fresh(), c.fresh(), ledger.legal_id[number], NONE])
    if c.random.random() < 0.5:
        return "Participants", "admit", (known, roles, valid_until, _free_account(c, ledger))
    if c.random.random() < 0.5:
        return "Participants", "setRoles", (number, roles | participant.roles, valid_until)
    return "Participants", c.random.choice(["suspend", "reinstate"]), (number, c.fresh())


def _of_accounts(c: Chooser, ledger: Ledger, now: int) -> Decision:
    number = c.some(ledger, "participant")
    account = c.account(ledger, number)
    scope, until = _scope(c), c.random.choice([0, 0, now + 60 * DAY, now])
    return c.random.choice(
        [
            ("Participants", "addAccount", (number, _free_account(c, ledger), scope, until)),
            ("Participants", "setScope", (account, scope, until)),
            ("Participants", "rotateAccount", (account, _free_account(c, ledger))),
            ("Participants", "removeAccount", (account,)),
        ]
    )


def _of_governors(c: Chooser, ledger: Ledger, _now: int) -> Decision:
    account = c.random.choice([*c.accounts[-6:], NOBODY])
    governor = c.random.choice(list(c.governing(ledger)) or c.accounts)
    # A governor ever added uses a bit up for good: few are, so that a long history keeps some.
    if ledger.governors_ever > 100 or c.random.random() < min(ledger.governors_ever / 50, 0.8):
        return "Participants", "setThreshold", (c.random.choice([1, 2, 2, 2, 3, 9]),)
    return c.random.choice(
        [
            ("Participants", "addGovernor", (account,)),
            ("Participants", "removeGovernor", (c.random.choice([account, governor]),)),
            ("Participants", "rotateGovernor", (governor, account)),
        ]
    )


def _of_debtors(c: Chooser, ledger: Ledger, _now: int) -> Decision:
    debtor, group = c.anyone(ledger, Role.DEBTOR), c.anyone(ledger, Role.DEBTOR)
    currency = c.random.choice([156, 156, 156, 978, 0])
    known = ledger.limit.get((debtor, currency))
    used = known.reserved + known.committed if known else 0
    amount = c.random.choice([10**13, 10**13, 10**13, used + 10**6, used // 2, 0])
    return c.random.choice(
        [
            ("Limits", "setLimit", (debtor, currency, amount)),
            ("Limits", "setGroupLimit", (group, currency, c.random.choice([10**13, amount]))),
            ("Limits", "setGroup", (debtor, c.random.choice([group, 0]))),
            ("Limits", "lift", (debtor, c.random.choice([c.fresh(), NONE]))),
        ]
    )


def _of_schemas(c: Chooser, _ledger: Ledger, _now: int) -> Decision:
    flows, definition = c.random.choice([0, 7, 15, 16]), c.random.choice([c.fresh(), c.fresh(), NONE])
    by_subject = c.random.random() < 0.3
    return "Attestations", "registerSchema", (flows, c.random.random() < 0.8, by_subject, definition)


def keep_accounts(c: Chooser, ledger: Ledger, now: int) -> Step:
    """A participant adds, narrows, replaces or removes one of its own accounts."""
    number = c.some(ledger, "participant")
    sender = c.account(ledger, number, Role.ADMIN)
    own = [a for a in accounts_of(ledger, number) if a != sender] or [sender]
    account, free = c.random.choice(own), _free_account(c, ledger)
    scope, until = _scope(c), c.random.choice([0, 0, 0, now + 60 * DAY, now])
    draw = c.random.random()
    if draw < 0.4:
        return Step("Participants", "addAccount", sender, (number, free, scope, until))
    if draw < 0.6:
        return Step("Participants", "setScope", sender, (account, scope, until))
    if draw < 0.75:
        return Step("Participants", "rotateAccount", sender, (account, free))
    return Step("Participants", "removeAccount", sender, (account,))


def _scope(c: Chooser) -> int:
    some = int(ALL_ROLES | ATTRIBUTES | CAPABILITIES)
    maker, checker = int(Role.MAKER), int(Role.CHECKER)
    narrow = int(ALL_ROLES | Role.SIGNER)
    return c.random.choice([int(FULL_SCOPE), narrow, narrow, maker, checker, c.random.getrandbits(20) & some])


def _free_account(c: Chooser, ledger: Ledger) -> str:
    """An account of nobody's, where there is one."""
    free = [a for a in c.accounts if not ledger.account.get(a, NO_ACCOUNT).number]
    return c.random.choice(free or c.accounts)
