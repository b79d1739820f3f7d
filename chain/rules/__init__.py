"""The ledger's rules as a specification: what the contracts do, in plain Python.

Read in this order, which is that of a receivable's life: `state` (what there is), `participants` (who may
act), `desk` (two people for everything), `policies` (parameters and the rules they rest on), `attestations`,
`invoices`, `limits`, `issuance` (the debt), `red_letters`, `vouchers` (split, passed on, held), `share` and
`settlement`, `financing`, `priority` (who is paid first), `computations`; `invariants` says what must always
hold. Numbers such as I-14 are those of the business rules' invariants.

A rule takes the ledger, the moment (time and sending account) and its arguments; it refuses with one of
`chain.errors` and changes nothing, or changes the ledger and returns the events that tell of it.
"""
