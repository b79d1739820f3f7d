"""The demo's story: one receivable from a trade's documents to the auditor's replay."""
