"""Faults seeded in the rules that replay runs."""

from __future__ import annotations

from tests.deep.mutants import Mutant

MUTANTS: tuple[Mutant, ...] = ()
