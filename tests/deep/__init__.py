"""Checks that take longer than a test run: seeded faults, symbolic proofs, static analysis."""
