"""Records on their way between processes: by class and values.

Frozen records with slots are taken apart and put together in Python by default, a field at a time; as many as
a history has, that costs more than what the processes save.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from chain import events as ev


def travels(cls: type[Any]) -> type[Any]:
    """Makes a record's class travel by its values; returns the class."""
    names = tuple(each.name for each in fields(cls))

    def reduce(record: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return cls, tuple([getattr(record, name) for name in names])

    copyreg.pickle(cls, reduce)
    return cls


for _event in ev.Event.__subclasses__():
    travels(_event)
