"""The clearing list (清分): who is to be paid what of a receivable, to the last minor unit, and why.

A list is worked out from the ledger's state at one block, so anyone who replays to that block gets the same
bytes. It pays nobody: a settlement bank carries it out, and attests what it did.

Of what a voucher has not been redeemed for yet, in this order:

1. the lender of a pledged voucher has what it is owed still;
2. the holder has the rest, but for what is due back to those the voucher was financed from;
3. those have their surpluses, the last one first: whoever financed the voucher from it is satisfied before
   it, as it was itself before the one that it had the voucher from (Civil Code, article 766).
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chain import errors
from chain.hashing import keccak
from chain.rules.share import share
from chain.rules.state import (
    NO_DEAL,
    NO_HOP,
    Encumbrance,
    Ledger,
    Life,
    Receivable,
    ReceivableState,
    Voucher,
    receivable_of,
    start_of,
)

FORMAT = "counterfoil.clearing.v1"

_COLUMNS = ("id", "receivable", "voucher", "payee", "amount", "currency", "why", "hop")


class Basis(StrEnum):
    """What is cleared: what the debtor still owes, or what it has paid and nobody has been redeemed for."""

    OWED = "owed"
    PAID = "paid"


class Why(StrEnum):
    """Why a line's payee has it.

    Lender: it has the voucher as a pledge. Borrower: it holds a voucher that is pledged, and this is beyond
    the loan. Surplus: the voucher was financed from it, and this is beyond what its financier may keep.
    Locked: it holds the voucher, and a financing of it is open; nobody can be paid before that is over.
    Credit: the debtor paid too much.
    """

    HOLDER = "holder"
    LENDER = "lender"
    BORROWER = "borrower"
    LOCKED = "locked"
    SURPLUS = "surplus"
    CREDIT = "credit"


_LETTER: Mapping[Why, str] = {
    Why.HOLDER: "H",
    Why.LENDER: "L",
    Why.BORROWER: "B",
    Why.LOCKED: "K",
    Why.SURPLUS: "S",
    Why.CREDIT: "C",
}


class NotExact(Exception):
    """A list does not come to what it must: the state it was worked out from is not one of this ledger's."""


@dataclass(frozen=True, slots=True)
class BlockAt:
    """The block that a list is as of; `time` in seconds since 1970 (UTC)."""

    number: int
    hash: str
    time: int


@dataclass(frozen=True, slots=True)
class ClearingLine:
    """One payment of `amount` minor units to participant `payee`.

    `id` is at most 35 characters of ASCII, which is what an EndToEndId of ISO 20022 holds. It names the
    receivable, where the voucher begins, the debtor's payment it comes from, and why; so the same payment of
    the same thing has the same id in whatever list. `voucher` is 0 for a credit, `hop` 0 but for a surplus.
    """

    id: str
    receivable: int
    voucher: int
    payee: int
    amount: int
    currency: int
    why: Why
    hop: int = 0


@dataclass(frozen=True, slots=True)
class Cleared:
    """A receivable of a list: what it is, where it stands, and what its lines come to."""

    receivable: int
    debtor: int
    currency: int
    due_at: int
    face: int
    paid: int
    redeemed: int
    credit: int
    total: int


@dataclass(frozen=True, slots=True)
class ClearingList:
    """All lines of some receivables at one block, and the sums they come to.

    `ledger` is the address of its participants' contract; `due_by` is the time up to which receivables were
    taken, None where they were named.
    """

    chain_id: int
    ledger: str
    block: BlockAt
    basis: Basis
    due_by: int | None
    receivables: tuple[Cleared, ...]
    lines: tuple[ClearingLine, ...]

    @property
    def payable(self) -> tuple[ClearingLine, ...]:
        """The lines that can be paid now: all but those of vouchers whose financing is open."""
        return tuple(line for line in self.lines if line.why is not Why.LOCKED)

    def to_json(self) -> bytes:
        """Canonical JSON (RFC 8785): amounts in minor units; vouchers as text, being longer than 53 bits."""
        data = {
            "format": FORMAT,
            "chain_id": self.chain_id,
            "ledger": self.ledger,
            "block": {"number": self.block.number, "hash": self.block.hash, "time": self.block.time},
            "basis": self.basis.value,
            "due_by": self.due_by,
            "receivables": [
                {name: getattr(each, name) for name in Cleared.__slots__} for each in self.receivables
            ],
            "lines": [
                {
                    "id": line.id,
                    "receivable": line.receivable,
                    "voucher": str(line.voucher) if line.voucher else None,
                    "payee": line.payee,
                    "amount": line.amount,
                    "currency": line.currency,
                    "why": line.why.value,
                    "hop": line.hop or None,
                }
                for line in self.lines
            ],
        }
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def to_csv(self) -> bytes:
        """The lines as CSV (RFC 4180), a header first."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for line in self.lines:
            writer.writerow(
                (
                    *(line.id, line.receivable, line.voucher or "", line.payee, line.amount),
                    *(f"{line.currency:03d}", line.why.value, line.hop or ""),
                )
            )
        return text.getvalue().encode()

    def digest(self) -> bytes:
        """Keccak-256 of the canonical JSON: what a settlement bank cites as what it carried out."""
        return keccak(self.to_json())


def clear(ledger: Ledger, block: BlockAt, basis: Basis, numbers: Iterable[int]) -> ClearingList:
    """The clearing list of some receivables.

    Args:
        ledger: the state at `block`, of these receivables at least.
        block: where the state is from.
        basis: what is cleared.
        numbers: of the receivables; each counts once.

    Raises:
        ReceivableUnknown: there is no receivable of a number.
        NotExact: the lines do not come to what is owed, or to what is paid and not redeemed.
    """
    return _list(ledger, block, basis, sorted(set(numbers)), None)


def clear_due(ledger: Ledger, block: BlockAt, basis: Basis, due_by: int) -> ClearingList:
    """The clearing list of every receivable due at `due_by` or before, of which there is something to clear.

    Raises:
        NotExact: as `clear`.
    """
    numbers = [
        number
        for number, receivable in sorted(ledger.receivable.items())
        if receivable.due_at <= due_by and total(receivable, basis)
    ]
    return _list(ledger, block, basis, numbers, due_by)


def total(receivable: Receivable, basis: Basis) -> int:
    """What the lines of a receivable come to, in minor units."""
    if receivable.state == ReceivableState.VOID:
        return 0
    if basis is Basis.OWED:
        return receivable.face - receivable.paid
    return receivable.paid - receivable.redeemed + receivable.credit


def _list(
    ledger: Ledger, block: BlockAt, basis: Basis, numbers: list[int], due_by: int | None
) -> ClearingList:
    own = _vouchers_of(ledger, numbers)
    receivables: list[Cleared] = []
    lines: list[ClearingLine] = []
    for number in numbers:
        receivable = ledger.receivable.get(number)
        if receivable is None or receivable.state == ReceivableState.NONE:
            raise errors.ReceivableUnknown(number)
        made = list(_receivable(ledger, block, basis, number, receivable, own[number]))
        come_to, must = sum(line.amount for line in made), total(receivable, basis)
        if come_to != must:
            raise NotExact(f"lines of receivable {number} come to {come_to}, and must come to {must}")
        lines.extend(made)
        receivables.append(
            Cleared(
                receivable=number,
                debtor=receivable.debtor,
                currency=receivable.currency,
                due_at=receivable.due_at,
                face=receivable.face,
                paid=receivable.paid,
                redeemed=receivable.redeemed,
                credit=receivable.credit,
                total=come_to,
            )
        )
    return ClearingList(
        ledger.chain_id, ledger.governance, block, basis, due_by, tuple(receivables), tuple(lines)
    )


def _vouchers_of(ledger: Ledger, numbers: list[int]) -> dict[int, list[tuple[int, Voucher]]]:
    """Live vouchers by receivable, in the order in which they lie in its face."""
    wanted = frozenset(numbers)
    own: dict[int, list[tuple[int, Voucher]]] = defaultdict(list)
    for voucher in sorted(ledger.voucher):
        if receivable_of(voucher) in wanted and ledger.voucher[voucher].life == Life.LIVE:
            own[receivable_of(voucher)].append((voucher, ledger.voucher[voucher]))
    return own


def _receivable(
    ledger: Ledger,
    block: BlockAt,
    basis: Basis,
    number: int,
    r: Receivable,
    vouchers: list[tuple[int, Voucher]],
) -> Iterator[ClearingLine]:
    payment = r.payments + (basis is Basis.OWED)
    for voucher, v in vouchers:
        start = start_of(voucher)
        redeemed = share(start, v.length, ledger.paid_after.get((number, v.payments), 0), r.face)
        paid = share(start, v.length, r.paid, r.face)
        span = (0, paid - redeemed) if basis is Basis.PAID else (paid - redeemed, v.length - redeemed)
        for layer in _within(_layers(ledger, voucher, v, v.length - redeemed), *span):
            mark = f"{_LETTER[layer.why]}{layer.hop or ''}"
            yield ClearingLine(
                id=f"{number}-{start}-{payment}-{mark}",
                receivable=number,
                voucher=voucher,
                payee=layer.payee,
                amount=layer.amount,
                currency=r.currency,
                why=layer.why,
                hop=layer.hop,
            )
    if basis is Basis.PAID and r.credit:
        yield ClearingLine(
            f"{number}-C-{block.number}", number, 0, r.debtor, r.credit, r.currency, Why.CREDIT
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    payee: int
    amount: int
    why: Why
    hop: int = 0


def _layers(ledger: Ledger, voucher: int, v: Voucher, unredeemed: int) -> list[_Layer]:
    """Who has what of all that a voucher has not been redeemed for, in the order in which it is paid."""
    owed = _owed(ledger, voucher, v, unredeemed)
    rest = unredeemed - owed
    surpluses: list[_Layer] = []
    # The one it was financed from first is paid last, so what has been redeemed was not its surplus yet.
    for number in range(1, ledger.hops.get(voucher, 0) + 1):
        hop = ledger.hop.get((voucher, number), NO_HOP)
        surplus = min(hop.surplus, rest)
        rest -= surplus
        surpluses.append(_Layer(hop.transferor, surplus, Why.SURPLUS, number))
    why = {Encumbrance.LOCKED: Why.LOCKED, Encumbrance.PLEDGED: Why.BORROWER}.get(v.encumbrance, Why.HOLDER)
    lender = _Layer(v.counterparty, owed, Why.LENDER)
    return [lender, _Layer(v.holder, rest, why), *reversed(surpluses)]


def _owed(ledger: Ledger, voucher: int, v: Voucher, unredeemed: int) -> int:
    """What the lender of a pledged voucher is owed still: what was lent, less what it has collected since."""
    if v.encumbrance != Encumbrance.PLEDGED:
        return 0
    deal = ledger.deal.get(voucher, NO_DEAL)
    return min(max(deal.owed - (deal.face - unredeemed), 0), unredeemed)


def _within(layers: Iterable[_Layer], low: int, high: int) -> Iterator[_Layer]:
    """The part of each layer between `low` and `high`, laid one after another from 0."""
    begin = 0
    for layer in layers:
        end = begin + layer.amount
        amount = min(end, high) - max(begin, low)
        if amount > 0:
            yield _Layer(layer.payee, amount, layer.why, layer.hop)
        begin = end
