"""Contracts and rules compared, call by call, over random histories.

A step is a call of one of the contracts: sender and calldata. `choices` makes steps that are plausible for
the state the ledger is in, and then spoils some of them; `running` takes each one on a chain and by the
rules, which read the calldata as an auditor does (`chain.bundle.calls`), and stops where the two come to
different results.
"""
