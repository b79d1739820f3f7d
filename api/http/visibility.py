"""What a participant may see: what it has a part in; auditors, operators and settlement banks see all.

What is not for a participant to see is refused as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Iterator

from api.http.asof import View
from chain import errors
from chain.lineage import Lineage, Node, read_lineage
from chain.rules.state import Encumbrance, Receivable, ReceivableState, Role, Status, receivable_of

SEES_ALL = Role.AUDITOR | Role.OPERATOR | Role.SETTLEMENT_BANK


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


def visible_receivable(view: View, participant: int, number: int) -> Receivable:
    """A receivable that a participant may see.

    Raises:
        ReceivableUnknown: there is none of that number, or it may not see it.
    """
    receivable = view.ledger.receivables.receivable(number)
    if receivable.state != ReceivableState.NONE and (
        participant in (receivable.debtor, receivable.creditor)
        or has_role(view, participant, SEES_ALL)
        or read_lineage(view.ledger, number).concerns(participant)
    ):
        return receivable
    raise errors.ReceivableUnknown(number)


def visible_receivables(view: View, participant: int, after: int) -> Iterator[tuple[int, Receivable]]:
    """The receivables that a participant may see, by number, from after a number on."""
    for number in range(after + 1, view.ledger.receivables.count() + 1):
        try:
            yield number, visible_receivable(view, participant, number)
        except errors.ReceivableUnknown:
            continue


def visible_lineage(view: View, participant: int, number: int) -> Lineage:
    """The lineage of a receivable that a participant may see.

    Raises:
        ReceivableUnknown: there is none of that number, or it may not see it.
    """
    visible_receivable(view, participant, number)
    return read_lineage(view.ledger, number)


def visible_voucher(view: View, participant: int, voucher: int) -> Node:
    """A voucher of a receivable that a participant may see.

    Raises:
        VoucherUnknown: there is none of that id, or it may not see it.
    """
    try:
        lineage = visible_lineage(view, participant, receivable_of(voucher))
    except errors.ReceivableUnknown:
        raise errors.VoucherUnknown(voucher) from None
    for node in lineage.nodes:
        if node.id == voucher:
            return node
    raise errors.VoucherUnknown(voucher)


def open_offers(view: View, participant: int, after: int, *, received: bool) -> Iterator[tuple[int, Node]]:
    """The vouchers offered to a participant, or by it, from after a voucher's id on."""
    for number in range(max(1, receivable_of(after)), view.ledger.receivables.count() + 1):
        for node in read_lineage(view.ledger, number).nodes:
            one = node.voucher
            party = one.counterparty if received else one.holder
            if node.id > after and one.encumbrance == Encumbrance.OFFERED and party == participant:
                yield node.id, node
