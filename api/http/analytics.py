"""The read model's views for a participant: the rows that it may see, a page at a time.

Who sees a row: the debtor, holder or receiver that it is about, or whoever may see the receivable that it is
about, as everywhere else; auditors, operators, regulators and settlement banks all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Row,
    column,
    literal,
    literal_column,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from api.http.modelled import Snapshot, visible
from api.http.paging import keyset, next_keyset
from chain.readmodel.codec import Word
from chain.readmodel.views import COSTS_BY_KIND


@dataclass(frozen=True, slots=True)
class Listing:
    """A view as a list.

    Attributes:
        view: its name.
        keys: columns whose values are each row's own, in the order of the list.
        about: the column with the participant that a row is about; None where it is about a receivable.
        rates: columns that are rates; the others are whole numbers, texts or yes and no.
        texts: columns that are texts.
    """

    view: str
    keys: tuple[str, ...]
    about: str | None
    rates: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnElement[Any]:
        """One of its columns, of the type that its values are read as."""
        return column(name, self._type(name))

    def _type(self, name: str) -> TypeEngine[Any]:
        if name in self.texts:
            return literal("").type
        return Numeric(asdecimal=False) if name in self.rates else Word()


EXPOSURE = Listing("exposure_by_debtor", ("debtor", "currency"), "debtor")
GROUPS = Listing("exposure_by_group", ("head", "currency"), "head")
AGEING = Listing("ageing", ("debtor", "currency", "bucket"), "debtor", texts=("bucket",))
TIERS = Listing("tiers", ("debtor", "currency", "tier"), "debtor")
HOLDINGS = Listing("holdings", ("holder", "debtor", "currency"), "holder")
FINANCING_RATE = Listing("financing_rate", ("debtor", "currency"), "debtor", rates=("rate",))
COSTS = Listing("financing_costs", ("block_number", "log_index"), None, rates=("yearly_rate",))
OFFERS = Listing("waiting_offers", ("participant", "currency"), "participant")
ENCUMBERED = Listing("encumbered_vouchers", ("voucher",), None)


def rows_of(
    model: Snapshot,
    listing: Listing,
    names: Sequence[str],
    participant: int,
    only: Mapping[str, int | None],
    cursor: str | None,
    limit: int,
) -> tuple[list[Row[Any]], str | None]:
    """A page of a list as a participant may see it, and the cursor to the rest.

    Args:
        model: what is read.
        listing: the list.
        names: the columns wanted.
        participant: who asks.
        only: values that columns must have; None for any.
        cursor: where the page before ended.
        limit: how many rows at most.

    Raises:
        ApiProblem: the cursor was not made here.
    """
    keys = [listing.column(name) for name in listing.keys]
    columns = [listing.column(name) for name in dict.fromkeys((*names, *listing.keys))]
    statement = select(*columns).select_from(table(listing.view)).where(_seen(model, listing, participant))
    for name, value in only.items():
        if value is not None:
            statement = statement.where(listing.column(name) == literal(value, Word()))
    after = keyset(cursor, [str if name in listing.texts else int for name in listing.keys])
    if after is not None:
        given = [literal(value, key.type) for value, key in zip(after, keys, strict=True)]
        statement = statement.where(tuple_(*keys) > tuple_(*given))
    rows = model.connection.execute(statement.order_by(*keys).limit(limit + 1)).all()
    if len(rows) <= limit:
        return list(rows), None
    last = rows[limit - 1]
    return list(rows[:limit]), next_keyset([getattr(last, name) for name in listing.keys])


def costs_by_kind(model: Snapshot, participant: int, currency: int | None) -> list[Row[Any]]:
    """What the financings that a participant may see cost, by currency and kind."""
    names = ("currency", "kind", "time", "until", "face", "amount", "cost", "debtor_interest")
    where = [_seen(model, COSTS, participant)]
    if currency is not None:
        where.append(COSTS.column("currency") == literal(currency, Word()))
    of = select(*map(COSTS.column, names)).select_from(table(COSTS.view)).where(*where).subquery("seen")
    said = [
        literal_column(text, Numeric(asdecimal=False) if name == "yearly_rate" else Word()).label(name)
        for name, text in COSTS_BY_KIND.items()
    ]
    grouped = select(*said).select_from(of).group_by(of.c.currency, of.c.kind)
    return list(model.connection.execute(grouped.order_by(of.c.currency, of.c.kind)))


def _seen(model: Snapshot, listing: Listing, participant: int) -> ColumnElement[bool]:
    if listing.about is None:
        return visible(model, participant, column("receivable", Word()))
    if model.sees_all(participant):
        return true()
    return column(listing.about, Word()) == literal(participant, Word())
