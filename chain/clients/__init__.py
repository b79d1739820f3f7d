"""The ledger's contracts, each with a client that speaks the ledger's words."""
