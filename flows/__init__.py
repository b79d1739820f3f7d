"""The four flows of a trade: documents in, cross-checked evidence out.

`read_ubl`, `read_camt` and `read_ledger` turn files into records; `cross_check` compares the records; the
result becomes `Evidence`, whose fields can be disclosed one by one.
"""
