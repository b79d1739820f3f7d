"""What keeps secrets out of logs: a base for dataclasses that hold keys, plaintexts, blindings or shares."""

from __future__ import annotations

from typing import NoReturn, SupportsIndex


class Secret:
    """Base of secret-holding dataclasses: redacted `repr`, no pickling, no copying.

    Declare subclasses with `@dataclass(frozen=True, slots=True, repr=False)`, otherwise the dataclass writes
    its own `repr` over this one.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<secret>)"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse every pickle protocol.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"{type(self).__name__} holds a secret and is never pickled or copied")
