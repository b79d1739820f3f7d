"""The HTTP API: what a participant does on the ledger and sees of it, over HTTP and JSON."""
