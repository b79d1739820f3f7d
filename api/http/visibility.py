"""What a participant may see: its own part; auditors, operators, regulators and settlement banks see all.

Whoever a voucher was financed from keeps its part in it: something may be due back to it, or it may have to
buy the voucher back. What is not for a participant to see is refused as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from api.http.asof import View
from chain import errors
from chain.lineage import Lineage, Node, read_lineage
from chain.rules.state import Encumbrance, IssueState, Role, Status, VoucherFlag, receivable_of

SEES_ALL = Role.AUDITOR | Role.OPERATOR | Role.SETTLEMENT_BANK | Role.REGULATOR


def require_role(view: View, participant: int, roles: Role) -> None:
    """Refuses a participant that may not act in one of `roles` now, as the ledger would.

    Raises:
        ParticipantUnknown: there is no such participant.
        ParticipantSuspended: it may not act.
        ParticipantExpired: it may no longer act.
        RoleMissing: it has none of the roles.
    """
    known = view.ledger.participants.participant(participant)
    if known.status == Status.NONE:
        raise errors.ParticipantUnknown(participant)
    if known.status != Status.ACTIVE:
        raise errors.ParticipantSuspended(participant)
    if view.head.time > known.valid_until:
        raise errors.ParticipantExpired(participant, known.valid_until)
    if not known.roles & roles:
        raise errors.RoleMissing(participant, known.roles, int(roles))


def has_role(view: View, participant: int, roles: Role) -> bool:
    """Whether a participant may act in one of `roles` now."""
    try:
        require_role(view, participant, roles)
    except errors.LedgerRefusal:
        return False
    return True


def visible_lineage(view: View, participant: int, number: int) -> Lineage:
    """The lineage of a receivable that a participant may see.

    Raises:
        IssueUnknown: there is none of that number, or it may not see it.
    """
    issue = view.ledger.issuance.issue(number)
    if issue.state != IssueState.NONE:
        lineage = read_lineage(view.ledger, number)
        if (
            lineage.concerns(participant)
            or has_role(view, participant, SEES_ALL)
            or _financed_from(view, lineage, participant)
        ):
            return lineage
    raise errors.IssueUnknown(number)


def visible_receivables(view: View, participant: int, after: int) -> Iterator[tuple[int, Lineage]]:
    """The receivables that a participant may see, by number, from after a number on."""
    for number in range(after + 1, view.ledger.issuance.count() + 1):
        try:
            yield number, visible_lineage(view, participant, number)
        except errors.IssueUnknown:
            continue


def _financed_from(view: View, lineage: Lineage, participant: int) -> bool:
    """Whether one of the vouchers was financed from a participant, and is not its own affair yet."""
    financing = view.ledger.financing
    return any(
        financing.hop(node.id, number).transferor == participant
        for node in lineage.nodes
        if node.voucher.flags & VoucherFlag.BOUND
        for number in range(1, financing.hops(node.id) + 1)
    )


def visible_voucher(view: View, participant: int, voucher: int) -> Node:
    """A voucher of a receivable that a participant may see.

    Raises:
        VoucherUnknown: there is none of that id, or it may not see it.
    """
    try:
        lineage = visible_lineage(view, participant, receivable_of(voucher))
    except errors.IssueUnknown:
        raise errors.VoucherUnknown(voucher) from None
    for node in lineage.nodes:
        if node.id == voucher:
            return node
    raise errors.VoucherUnknown(voucher)


def open_offers(view: View, participant: int, after: int, *, received: bool) -> Iterator[tuple[int, Node]]:
    """The vouchers offered to a participant, or by it, from after a voucher's id on."""
    for number in range(max(1, receivable_of(after)), view.ledger.issuance.count() + 1):
        for node in read_lineage(view.ledger, number).nodes:
            one = node.voucher
            party = one.counterparty if received else one.holder
            if node.id > after and one.encumbrance == Encumbrance.OFFERED and party == participant:
                yield node.id, node
