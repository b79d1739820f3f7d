"""The order among all who claim one receivable (Civil Code, article 768), from the ledger's log."""

from __future__ import annotations

from chain.deployment import empty_ledger
from chain.derivation import Derivation
from chain.ledger import OpenLedger
from chain.replay import read_timed_events
from chain.rules.priority import Right, disbursements, ranked, rights_in


def ranks_of(ledger: OpenLedger, number: int, last_block: int | None = None) -> tuple[tuple[Right, ...], ...]:
    """The rights of financiers in a receivable at a block, rank by rank; those of one rank share.

    `last_block` is the latest if not given. The ledger is rebuilt from its log, so this takes as long as the
    log is.

    Raises:
        Diverged: the log is not one that the rules can have made.
    """
    derivation = Derivation(empty_ledger(ledger.manifest))
    log = [
        (logged, now)
        for logged, now in read_timed_events(ledger.engine, ledger.manifest)
        if last_block is None or logged.block <= last_block
    ]
    for logged, now in log:
        derivation.take(logged, now)
    paid = disbursements((logged.event, now) for logged, now in log)
    return ranked(rights_in(derivation.ledger, number, paid))
