"""The ledger's parameters, from Python. Governors set them by proposals (`chain.policies.policy_calls`)."""

from __future__ import annotations

from chain.clients.base import ContractClient
from chain.rules.state import PolicyVersion


class PoliciesClient(ContractClient):
    """Parameters by name (32 bytes), each with its versions; reading one that has no value is refused."""

    def value(self, name: bytes) -> int:
        """The value in effect now."""
        return int(self._ask("value", name))

    def value_at(self, name: bytes, time: int) -> int:
        """The value in effect at a time, in seconds since 1970 (UTC)."""
        return int(self._ask("valueAt", name, time))

    def versions(self, name: bytes) -> int:
        """How many versions a parameter has."""
        return int(self._ask("versions", name))

    def version(self, name: bytes, number: int) -> PolicyVersion:
        """What the chain stores of a version, numbered from one; all zero if there is none."""
        return PolicyVersion(*self._ask("version", name, number))
