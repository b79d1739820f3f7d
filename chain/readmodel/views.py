"""Analytics as SQL views, in the words both databases share. Amounts in minor units, times in seconds.

"Now" is the time of the newest block read: what a view says depends on the ledger alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from chain.rules.state import Encumbrance, Kind, Life, ReceivableState, VoucherFlag

COSTS_BY_KIND: Mapping[str, str] = {
    "currency": "currency",
    "kind": "kind",
    "financings": "COUNT(*)",
    "face": "SUM(face)",
    "amount": "SUM(amount)",
    "cost": "SUM(cost)",
    "debtor_interest": "SUM(debtor_interest)",
    "yearly_rate": "ROUND(SUM(CASE WHEN until > time THEN cost ELSE 0 END) * 10000.0 * 31536000"
    " / NULLIF(SUM(CASE WHEN until > time THEN 1.0 * amount * (until - time) ELSE 0 END), 0), 2)",
}
"""What is said of some financings together, of one currency and kind each: names and expressions."""

_FIXED = {
    "by_kind": ", ".join(f"{text} AS {name}" for name, text in COSTS_BY_KIND.items()),
    "now": "(SELECT MAX(time) FROM blocks)",
    "day": "86400",
    "year": "31536000",
    "open": str(int(ReceivableState.OPEN)),
    "settled": str(int(ReceivableState.SETTLED)),
    "live": str(int(Life.LIVE)),
    "free": str(int(Encumbrance.FREE)),
    "offered": str(int(Encumbrance.OFFERED)),
    "purchase": str(int(Kind.PURCHASE)),
    "recourse": str(int(Kind.RECOURSE_PURCHASE)),
    "pledge": str(int(Kind.PLEDGE)),
    # A flag is set where what is left of a division by its double is no less than it: NUMERIC has no bits.
    "frozen": f"vouchers.flags % {2 * VoucherFlag.FROZEN} >= {int(VoucherFlag.FROZEN)}",
    "disputed": f"vouchers.flags % {2 * VoucherFlag.DISPUTED} >= {int(VoucherFlag.DISPUTED)}",
    "bound": f"vouchers.flags % {2 * VoucherFlag.BOUND} >= {int(VoucherFlag.BOUND)}",
}

_TEXTS = {
    # What each debtor owes: open, unpaid, and how much of that is past its due date; beside it its limit,
    # what proposals and debts use of it, and what is available. Neither where no limit was set.
    "exposure_by_debtor": """
        SELECT limits.debtor AS debtor, limits.currency AS currency,
               COALESCE(owed.receivables, 0) AS receivables, COALESCE(owed.face, 0) AS face,
               COALESCE(owed.unpaid, 0) AS unpaid, COALESCE(owed.overdue, 0) AS overdue,
               CASE WHEN limits."set" THEN limits.amount END AS credit_limit,
               limits.reserved + limits.committed AS used,
               CASE WHEN NOT limits."set" THEN NULL
                    WHEN limits.reserved + limits.committed > limits.amount THEN 0
                    ELSE limits.amount - limits.reserved - limits.committed END AS available
        FROM limits LEFT JOIN (
            SELECT debtor, currency, COUNT(*) AS receivables, SUM(face) AS face, SUM(face - paid) AS unpaid,
                   SUM(CASE WHEN due_at < {now} THEN face - paid ELSE 0 END) AS overdue
            FROM receivables WHERE state = {open} GROUP BY debtor, currency
        ) AS owed ON owed.debtor = limits.debtor AND owed.currency = limits.currency
    """,
    # The same of groups of debtors, for what was proposed since a debtor is in its group.
    "exposure_by_group": """
        SELECT group_limits."group" AS head, group_limits.currency AS currency,
               CASE WHEN group_limits."set" THEN group_limits.amount END AS credit_limit,
               group_limits.reserved + group_limits.committed AS used,
               CASE WHEN NOT group_limits."set" THEN NULL
                    WHEN group_limits.reserved + group_limits.committed > group_limits.amount THEN 0
                    ELSE group_limits.amount - group_limits.reserved - group_limits.committed
                    END AS available
        FROM group_limits
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
            FROM receivables WHERE state = {open}
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
    # Each financing with what it costs the holder, and its yearly rate in hundredths of a percent on a year
    # of 365 days. A sale costs what the holder gives up; a sale with recourse and a loan cost interest and
    # fees, for what is over comes back. The quote of a financing is the last one accepted before it. No rate
    # where the time is over.
    "financing_costs": """
        SELECT costs.*,
               CASE WHEN costs.until > costs.time
                    THEN ROUND(costs.cost * 10000.0 * {year} / (costs.amount * (costs.until - costs.time)), 2)
                    END AS yearly_rate
        FROM (
            SELECT financings.block_number AS block_number, financings.log_index AS log_index,
                   financings.time AS time, financings.voucher AS voucher,
                   financings.receivable AS receivable, receivables.debtor AS debtor,
                   receivables.currency AS currency, financings.from_ AS transferor,
                   financings."to" AS financier, financings.kind AS kind, quotes.face AS face,
                   financings.amount AS amount, quotes.interest AS interest,
                   quotes.debtor_interest AS debtor_interest, quotes.fees AS fees,
                   CASE WHEN financings.kind = {purchase} THEN quotes.face - financings.amount
                        ELSE quotes.interest - quotes.debtor_interest + quotes.fees END AS cost,
                   CASE WHEN financings.kind = {pledge} THEN quotes.matures_at
                        ELSE financings.due_at END AS until
            FROM financings
            JOIN receivables ON receivables.number = financings.receivable
            JOIN quotes ON quotes.voucher = financings.voucher
                AND (quotes.block_number, quotes.log_index)
                    < (financings.block_number, financings.log_index)
            WHERE NOT EXISTS (
                SELECT 1 FROM quotes AS later WHERE later.voucher = financings.voucher
                AND (later.block_number, later.log_index) > (quotes.block_number, quotes.log_index)
                AND (later.block_number, later.log_index)
                    < (financings.block_number, financings.log_index)
            )
        ) AS costs
    """,
    # Financings by kind; the rate is weighed by amount and time.
    "financing_costs_by_kind": "SELECT {by_kind} FROM financing_costs GROUP BY currency, kind",
    # How much of what a debtor confirmed was turned into cash, in parts of one, and how. A part of the face
    # counts once, however often it was financed: vouchers are cut and never merged, so that a financing is of
    # such a part if it begins within the interval of an earlier one.
    "financing_rate": """
        SELECT confirmed.debtor AS debtor, confirmed.currency AS currency, confirmed.face AS face,
               COALESCE(financed.face, 0) AS financed, COALESCE(financed.sold, 0) AS sold,
               COALESCE(financed.sold_with_recourse, 0) AS sold_with_recourse,
               COALESCE(financed.pledged, 0) AS pledged,
               COALESCE(financed.face, 0) * 1.0 / confirmed.face AS rate
        FROM (
            SELECT debtor, currency, SUM(face) AS face FROM receivables
            WHERE state IN ({open}, {settled}) GROUP BY debtor, currency
        ) AS confirmed LEFT JOIN (
            SELECT receivables.debtor AS debtor, receivables.currency AS currency,
                   SUM(financings.unpaid) AS face,
                   SUM(CASE WHEN financings.kind = {purchase} THEN financings.unpaid ELSE 0 END) AS sold,
                   SUM(CASE WHEN financings.kind = {recourse} THEN financings.unpaid ELSE 0 END)
                       AS sold_with_recourse,
                   SUM(CASE WHEN financings.kind = {pledge} THEN financings.unpaid ELSE 0 END) AS pledged
            FROM financings JOIN receivables ON receivables.number = financings.receivable
            WHERE NOT EXISTS (
                SELECT 1 FROM financings AS earlier WHERE earlier.receivable = financings.receivable
                AND (earlier.block_number, earlier.log_index)
                    < (financings.block_number, financings.log_index)
                AND earlier.start <= financings.start
                AND financings.start < earlier.start + earlier.length
            )
            GROUP BY receivables.debtor, receivables.currency
        ) AS financed ON financed.debtor = confirmed.debtor AND financed.currency = confirmed.currency
    """,
    # What each participant holds of each debtor, and how much of that is past its due date. Lengths are parts
    # of the face: what was paid on a voucher is not taken off before it is redeemed.
    "holdings": """
        SELECT vouchers.holder AS holder, receivables.debtor AS debtor, receivables.currency AS currency,
               COUNT(*) AS vouchers, SUM(vouchers.length) AS held,
               SUM(CASE WHEN receivables.due_at < {now} THEN vouchers.length ELSE 0 END) AS overdue,
               MIN(CASE WHEN receivables.due_at >= {now} THEN receivables.due_at END) AS next_due_at
        FROM vouchers JOIN receivables ON receivables.number = vouchers.receivable
        WHERE vouchers.life = {live}
        GROUP BY vouchers.holder, receivables.debtor, receivables.currency
    """,
    # What is on offer, and for whom it waits; offers that have lapsed are for their makers to take back.
    "waiting_offers": """
        SELECT vouchers.counterparty AS participant, receivables.currency AS currency,
               SUM(CASE WHEN vouchers.until >= {now} THEN 1 ELSE 0 END) AS vouchers,
               SUM(CASE WHEN vouchers.until >= {now} THEN vouchers.length ELSE 0 END) AS offered,
               MIN(CASE WHEN vouchers.until >= {now} THEN vouchers.until END) AS next_lapses_at,
               SUM(CASE WHEN vouchers.until < {now} THEN 1 ELSE 0 END) AS lapsed
        FROM vouchers JOIN receivables ON receivables.number = vouchers.receivable
        WHERE vouchers.life = {live} AND vouchers.encumbrance = {offered}
        GROUP BY vouchers.counterparty, receivables.currency
    """,
    # Vouchers that their holders cannot move freely, each with why, for whom and until when: offered, locked
    # or pledged, frozen or disputed, or bound to those they were financed from.
    "encumbered_vouchers": """
        SELECT vouchers.id AS voucher, vouchers.receivable AS receivable, receivables.debtor AS debtor,
               receivables.currency AS currency, vouchers.holder AS holder, vouchers.length AS length,
               vouchers.encumbrance AS encumbrance, vouchers.counterparty AS counterparty,
               CASE WHEN vouchers.encumbrance <> {free} THEN vouchers.until END AS until,
               vouchers.encumbrance <> {free} AND vouchers.until < {now} AS past,
               {frozen} AS frozen, {disputed} AS disputed, {bound} AS bound,
               CASE WHEN deals.face > 0 THEN deals.kind END AS kind,
               CASE WHEN deals.face > 0 THEN deals.owed END AS owed_at_first
        FROM vouchers JOIN receivables ON receivables.number = vouchers.receivable
        LEFT JOIN deals ON deals.voucher = vouchers.id
        WHERE vouchers.life = {live}
          AND (vouchers.encumbrance <> {free} OR {frozen} OR {disputed} OR {bound})
    """,
}

VIEWS: Mapping[str, str] = {name: text.format(**_FIXED) for name, text in _TEXTS.items()}
"""The query of each view, by its name; one that reads another comes after it."""
