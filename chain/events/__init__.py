"""The ledger's events, one class each, with the fields of the contract's event."""

from __future__ import annotations

from chain.events.attestations import *  # noqa: F403  (one namespace for all events)
from chain.events.base import Event as Event
from chain.events.computations import *  # noqa: F403
from chain.events.desk import *  # noqa: F403
from chain.events.financing import *  # noqa: F403
from chain.events.invoices import *  # noqa: F403
from chain.events.issuance import *  # noqa: F403
from chain.events.limits import *  # noqa: F403
from chain.events.participants import *  # noqa: F403
from chain.events.policies import *  # noqa: F403
from chain.events.receivables import *  # noqa: F403
