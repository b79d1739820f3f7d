"""Where a bundle is not what it should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Divergence:
    """One thing that is not as it should be.

    `kind` is a stable name of what was checked, in kebab case; `block`, `transaction` (hash, 0x-prefixed)
    and `log` (position in the block) say where, as far as it has such a place; `field` names the value;
    `expected` is what everything before implies, `got` what is there.
    """

    kind: str
    field: str
    expected: str
    got: str
    block: int | None = None
    transaction: str | None = None
    log: int | None = None

    def __str__(self) -> str:
        places = (("block", self.block), ("transaction", self.transaction), ("log", self.log))
        where = ", ".join(f"{name} {value}" for name, value in places if value is not None)
        return f"{self.kind}: {where + ': ' if where else ''}{self.field}: {self.got}, not {self.expected}"


class Diverges(Exception):
    """A check failed; `divergence` says which, where and how."""

    def __init__(self, divergence: Divergence) -> None:
        super().__init__(str(divergence))
        self.divergence = divergence

    def __reduce__(self) -> tuple[type[Diverges], tuple[Divergence]]:
        return type(self), (self.divergence,)


def diverge(
    kind: str,
    field: str,
    expected: object,
    got: object,
    block: int | None = None,
    transaction: bytes | None = None,
    log: int | None = None,
) -> Diverges:
    """The exception for a failed check; bytes are shown in hex."""
    named = None if transaction is None else "0x" + transaction.hex()
    return Diverges(Divergence(kind, field, shown(expected), shown(got), block, named, log))


def shown(value: object) -> str:
    """A value as reports show it."""
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
