"""Limits of debtors and what stops their issues, from Python. Governors set limits by proposals."""

from __future__ import annotations

from chain.clients.base import ContractClient
from chain.rules.state import Limit
from chain.sending import Sent
from chain.signing import Signer


class LimitsClient(ContractClient):
    """How much a debtor may owe in a currency (ISO 4217 numeric), and when it may issue nothing."""

    def stop(self, signer: Signer, debtor: int, cause: bytes, document: bytes) -> Sent:
        """Stops a debtor's issues at once; governors lift it."""
        return self._send(signer, "stop", debtor, cause, document)

    def stop_overdue(self, signer: Signer, receivable: int) -> Sent:
        """Anyone counts an overdue receivable against its debtor."""
        return self._send(signer, "stopOverdue", receivable)

    def lift_overdue(self, signer: Signer, receivable: int) -> Sent:
        """Anyone takes it off again once it is paid."""
        return self._send(signer, "liftOverdue", receivable)

    def limit(self, debtor: int, currency: int) -> Limit:
        """A debtor's limit and what is used of it; `set` is false where there is none."""
        return Limit(*self._ask("limit", debtor, currency))

    def group_limit(self, group: int, currency: int) -> Limit:
        """A group's limit and what is used of it; `set` is false where there is none."""
        return Limit(*self._ask("groupLimit", group, currency))

    def group_of(self, debtor: int) -> int:
        """The head of a debtor's group; 0 for none."""
        return int(self._ask("groupOf", debtor))

    def stop_cause(self, debtor: int) -> bytes:
        """Why a debtor's issues are stopped, beside overdue receivables; 32 zero bytes if they are not."""
        return bytes(self._ask("stopCause", debtor))

    def overdue_count(self, debtor: int) -> int:
        """How many overdue receivables stop a debtor's issues."""
        return int(self._ask("overdueCount", debtor))

    def overdue_stop(self, receivable: int) -> bool:
        """Whether a receivable is counted as overdue."""
        return bool(self._ask("overdueStop", receivable))
