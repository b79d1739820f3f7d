"""Transactions under the name the bundle's modules know them by: see `chain.headers.transactions`."""

from chain.headers.transactions import BadTransaction as BadTransaction
from chain.headers.transactions import recover as recover
