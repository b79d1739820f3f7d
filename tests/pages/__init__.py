"""The pages of docs/ that list what the ledger can be in and what it refuses, kept complete."""
