"""Analytics as SQL views, in the words both databases share. Amounts in minor units, times in seconds.

"Now" is the time of the newest block read: what a view says depends on the ledger alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from chain.rules.state import Encumbrance, Life, ReceivableState

_FIXED = {
    "now": "(SELECT MAX(time) FROM blocks)",
    "day": "86400",
    "confirmed": str(int(ReceivableState.CONFIRMED)),
    "settled": str(int(ReceivableState.SETTLED)),
    "live": str(int(Life.LIVE)),
    "offered": str(int(Encumbrance.OFFERED)),
}

_TEXTS = {
    # What each debtor owes: confirmed and not settled, unpaid, and how much of that is past its due date.
    "exposure_by_debtor": """
        SELECT debtor, currency, COUNT(*) AS receivables, SUM(face) AS face, SUM(face - paid) AS unpaid,
               SUM(CASE WHEN due_at < {now} THEN face - paid ELSE 0 END) AS overdue
        FROM receivables WHERE state = {confirmed} GROUP BY debtor, currency
    """,
    # What is unpaid by days past due, in the buckets of receivables reporting.
    "ageing": """
        SELECT debtor, currency, bucket, COUNT(*) AS receivables, SUM(unpaid) AS unpaid
        FROM (
            SELECT debtor, currency, face - paid AS unpaid,
                   CASE WHEN due_at >= {now} THEN 'not due'
                        WHEN {now} - due_at <= 30 * {day} THEN '0-30'
                        WHEN {now} - due_at <= 60 * {day} THEN '31-60'
                        WHEN {now} - due_at <= 90 * {day} THEN '61-90'
                        WHEN {now} - due_at <= 180 * {day} THEN '91-180'
                        ELSE 'over 180' END AS bucket
            FROM receivables WHERE state = {confirmed}
        ) AS aged GROUP BY debtor, currency, bucket
    """,
    # How far down the chain vouchers have come: what is held at each tier.
    "tiers": """
        SELECT receivables.debtor AS debtor, receivables.currency AS currency, vouchers.tier AS tier,
               COUNT(*) AS vouchers, COUNT(DISTINCT vouchers.holder) AS holders,
               SUM(vouchers.length) AS held
        FROM vouchers JOIN receivables ON receivables.number = vouchers.receivable
        WHERE vouchers.life = {live} GROUP BY receivables.debtor, receivables.currency, vouchers.tier
    """,
    # Each financing with its yearly rate in hundredths of a percent: what was taken off what was paid out,
    # over the time to the due date, on a year of 365 days. None where it was past due.
    "financing_costs": """
        SELECT financings.*, financings.unpaid - financings.amount AS discount,
               CASE WHEN financings.due_at > financings.time AND financings.amount > 0
                    THEN ROUND((financings.unpaid - financings.amount) * 10000.0 * 365 * {day}
                               / (financings.amount * (financings.due_at - financings.time)), 2)
                    END AS yearly_rate
        FROM financings
    """,
    # How much of what a debtor confirmed was turned into cash, in parts of one.
    "financing_rate": """
        SELECT confirmed.debtor AS debtor, confirmed.currency AS currency, confirmed.face AS face,
               COALESCE(financed.face, 0) AS financed,
               COALESCE(financed.face, 0) * 1.0 / confirmed.face AS rate
        FROM (
            SELECT debtor, currency, SUM(face) AS face FROM receivables
            WHERE state IN ({confirmed}, {settled}) GROUP BY debtor, currency
        ) AS confirmed LEFT JOIN (
            SELECT receivables.debtor AS debtor, receivables.currency AS currency,
                   SUM(financings.unpaid) AS face
            FROM financings JOIN receivables ON receivables.number = financings.receivable
            GROUP BY receivables.debtor, receivables.currency
        ) AS financed ON financed.debtor = confirmed.debtor AND financed.currency = confirmed.currency
    """,
    # What is on offer, and for whom it waits.
    "waiting_offers": """
        SELECT counterparty AS participant, COUNT(*) AS vouchers, SUM(length) AS offered
        FROM vouchers WHERE life = {live} AND encumbrance = {offered} GROUP BY counterparty
    """,
}

VIEWS: Mapping[str, str] = {name: text.format(**_FIXED) for name, text in _TEXTS.items()}
"""The query of each view, by its name."""
