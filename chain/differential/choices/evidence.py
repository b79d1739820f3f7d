"""Attesters' statements, and computations on them."""

from __future__ import annotations

from chain.deployment import DAY
from chain.differential.choosing import Chooser
from chain.differential.steps import Step
from chain.rules.attestations import is_valid
from chain.rules.computations import unpacked
from chain.rules.state import ALL_ROLES, JobState, Ledger, Moment, Role, Statement, Terms


def _statement(c: Chooser, ledger: Ledger, now: int) -> Statement:
    expires_at = c.random.choice([0, 0, 0, now + c.random.randrange(1, 30 * DAY)])
    level = c.random.choice([0, 1, 2, 3, 3, 3, 4, 4])
    known = c.some(ledger, "newest") if c.random.random() < 0.3 else None
    return Statement(c.fresh(), c.some(ledger, "schema"), known[0] if known else c.fresh(), level, expires_at)


def attest(c: Chooser, ledger: Ledger, now: int) -> Step:
    """An attester states something, alone or several at once, itself or by signature; or anchors a batch."""
    sender = c.sender(ledger, Role.ATTESTER)
    draw = c.random.random()
    if draw < 0.15:
        batch = [_statement(c, ledger, now) for _ in range(c.random.randrange(4))]
        return Step("Attestations", "attestMany", sender, (batch,))
    if draw < 0.3:
        statement, deadline = _statement(c, ledger, now), now + c.random.choice([DAY, DAY, DAY, 0, -1])
        signature = c.world.sign_statement(sender, statement, deadline)
        carrier = c.random.choice(c.accounts)
        return Step("Attestations", "attestBySignature", carrier, (statement, deadline, signature))
    if draw < 0.4:
        count = c.random.randrange(1, 600)
        schema, expires_at = c.some(ledger, "schema"), now + 300 * DAY
        return Step("Attestations", "anchor", sender, (c.fresh(), schema, count, expires_at, c.fresh()))
    return Step("Attestations", "attest", sender, (_statement(c, ledger, now),))


def take_back(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """An attester revokes a statement or a leaf, itself or by signature, or puts another in its place."""
    commitment = c.find(ledger, "attestation", lambda _, a: not a.revoked_at or c.random.random() < 0.05)
    if commitment is None:
        return None
    attestation = ledger.attestation[commitment]
    sender = c.account(ledger, attestation.attester, Role.ATTESTER)
    draw = c.random.random()
    if attestation.count and draw < 0.7:
        index = c.random.randrange(attestation.count)
        return Step("Attestations", "revokeLeaf", sender, (commitment, index, c.fresh()))
    if draw < 0.3:
        return Step("Attestations", "supersede", sender, (commitment, _statement(c, ledger, now)))
    if draw < 0.5:
        reason, deadline = c.fresh(), now + c.random.choice([DAY, DAY, DAY, 0, -1])
        signature = c.world.sign_revocation(sender, commitment, reason, deadline)
        carrier = c.random.choice(c.accounts)
        return Step("Attestations", "revokeBySignature", carrier, (commitment, reason, deadline, signature))
    return Step("Attestations", "revoke", sender, (commitment, c.fresh()))


def consent(c: Chooser, ledger: Ledger, now: int) -> Step | None:
    """An owner allows computations."""
    wanted = c.random.choice([1, 2, 3])
    inputs = [each for _ in range(wanted) if (each := _valid(c, ledger, now))]
    model = _valid(c, ledger, now)
    if model is None or not inputs:
        return None
    owner = c.anyone(ledger, Role.SUPPLIER | Role.DEBTOR)
    among = {c.anyone(ledger, Role.FINANCIER) for _ in range(c.random.choice([1, 2]))}
    counterparties = sorted(among, reverse=c.random.random() < 0.05)
    terms = Terms(c.fresh(), c.fresh(), model, tuple(inputs))
    budget, expires_at = c.random.randrange(1, 4), now + c.random.randrange(1, 40 * DAY)
    return Step(
        "Computations",
        "grant",
        c.account(ledger, owner, ALL_ROLES),
        (counterparties, terms, budget, expires_at),
    )


def compute(c: Chooser, ledger: Ledger, _now: int) -> Step | None:
    """Somebody opens, completes or abandons a computation, or an owner ends its consent."""
    job = c.find(ledger, "job", lambda _, j: j.state == JobState.OPEN or c.random.random() < 0.1)
    draw = c.random.random()
    if job is not None and draw < 0.4:
        sender = c.account(ledger, ledger.job[job].opener, Role.FINANCIER)
        if draw < 0.1:
            return Step("Computations", "abandon", sender, (job, c.fresh()))
        return Step("Computations", "complete", sender, (job, c.fresh(), c.fresh(), c.fresh()))
    number = c.find(ledger, "consent", lambda _, k: not k.withdrawn or c.random.random() < 0.1)
    if number is None:
        return None
    known = ledger.consent[number]
    if draw > 0.9:
        return Step("Computations", "withdraw", c.account(ledger, known.owner), (number,))
    counterparty = c.random.choice(unpacked(known.counterparties))
    sender = c.account(ledger, counterparty, Role.FINANCIER)
    return Step("Computations", "open", sender, (number, ledger.terms[number]))


def _valid(c: Chooser, ledger: Ledger, now: int) -> bytes | None:
    at = Moment(now, "")
    found: bytes | None = c.find(ledger, "attestation", lambda k, _: is_valid(ledger, at, k))
    return found
