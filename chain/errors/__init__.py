"""The ledger's refusals: one exception a custom error of the contracts."""

from __future__ import annotations

from chain.errors.attestations import *  # noqa: F403  (one namespace for all refusals)
from chain.errors.base import LedgerRefusal as LedgerRefusal
from chain.errors.computations import *  # noqa: F403
from chain.errors.desk import *  # noqa: F403
from chain.errors.financing import *  # noqa: F403
from chain.errors.invoices import *  # noqa: F403
from chain.errors.issuance import *  # noqa: F403
from chain.errors.limits import *  # noqa: F403
from chain.errors.participants import *  # noqa: F403
from chain.errors.policies import *  # noqa: F403
from chain.errors.receivables import *  # noqa: F403
from chain.errors.shared import *  # noqa: F403

BY_NAME: dict[str, type[LedgerRefusal]] = {cls.__name__: cls for cls in LedgerRefusal.__subclasses__()}
