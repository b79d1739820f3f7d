"""What every refusal of the ledger has in common."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeAlias, dataclass_transform

from chain.naming import policy_name

POLICY_FIELDS = ("policy", "name")
"""Arguments that name a policy, by the 32 bytes of `chain.naming.policy_key`."""

Timestamp: TypeAlias = int
"""A time as the ledger has it, in seconds since 1970 (UTC)."""

_END_OF_CALENDAR = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


@dataclass_transform()
class LedgerRefusal(Exception):
    """A rule of the ledger said no.

    Each subclass is one custom error of the contracts, with its arguments as fields; its docstring is the
    sentence that tells a person, with the fields filled in. The contracts and `chain.rules` refuse with the
    same classes.
    """

    rule: ClassVar[str]
    """Stable name of the rule: the error's name in kebab case."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclass(unsafe_hash=True)(cls)
        cls.rule = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        """The error's arguments by name; policies by theirs, such as `term.longest`, other bytes as hex."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return {k: _shown(k, v) if isinstance(v, bytes) else v for k, v in values.items()}

    def told(self) -> dict[str, Any]:
        """The facts as a sentence has them: times as dates, UTC."""
        # Annotations are kept as text, which tells a time from another number.
        times = {f.name for f in fields(self) if f.type == "Timestamp"}  # type: ignore[arg-type]
        return {k: _date(v) if k in times else v for k, v in self.facts().items()}

    def __str__(self) -> str:
        return (self.__doc__ or self.rule).format(**self.told())


def _date(time: Timestamp) -> str:
    """A time as people write it; beyond the calendar's last year, which means without end, as it is."""
    if time > _END_OF_CALENDAR:
        return str(time)
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _shown(name: str, value: bytes) -> str:
    return policy_name(value) if name in POLICY_FIELDS else "0x" + value.hex()
