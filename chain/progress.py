"""How something that takes a while tells of its steps."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told of each step: what is being done, how much is done, how much there is."""
