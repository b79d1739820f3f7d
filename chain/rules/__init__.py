"""The ledger's rules as a specification: what the contracts do, in plain Python.

Read in this order: `state` (what there is), `participants` (who may act), `attestations`, `receivables`
(the debt), `vouchers` (split, transfer, financing), `share` and `settlement`, `computations`; `invariants`
says what must always hold.

A rule takes the ledger, the moment (time and sending account) and its arguments; it refuses with one of
`chain.errors` and changes nothing, or changes the ledger and returns the events that tell of it.
"""
