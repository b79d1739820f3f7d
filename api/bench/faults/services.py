"""Faults beside the validators: the database restarted, and a node that lies."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from api.bench.faults.load import Sending
from api.bench.faults.measuring import Ground, NotWithstood, Outcome, under_load
from api.bench.lying_proxy import Proxy, lying_proxy
from api.bench.postgres import PostgresServer
from api.consortium.waiting import TookTooLong, wait_until

RESTARTS = 3
PATIENCE = 60.0


def database_restarted(ground: Ground, server: PostgresServer) -> Outcome:
    """The database ends at once, three times, and comes back; nothing that was accepted is gone from it."""

    def happen(running: Sequence[Sending]) -> None:
        for _ in range(RESTARTS):
            server.crash()
            time.sleep(ground.seconds / RESTARTS / 2)
            server.start()
            for one in running:
                one.wait_for_more(max(5, ground.calls // RESTARTS // 2))

    load = ground.load([member.url for member in ground.members], server.new_database())
    how = f"PostgreSQL's immediate shutdown, {RESTARTS} times"
    return under_load(ground, "the database restarted", how, happen, [load])


def lying(ground: Ground) -> Outcome:
    """The node that the load asks first swallows transactions and leaves them out of its blocks.

    Raises:
        NotWithstood: it is not caught, or somebody else is named.
    """
    first, *others = ground.members
    with lying_proxy(first.url) as proxy:

        def happen(running: Sequence[Sending]) -> None:
            _lie(proxy)
            where = urlsplit(proxy.url).netloc
            for one in running:
                try:
                    wait_until("the liar is caught", partial(_caught, one), PATIENCE)
                except TookTooLong as error:
                    raise NotWithstood("a node lied and was not caught") from error
                if not all(lie.startswith(f"{where}: ") for lie in one.liars()):
                    raise NotWithstood(f"{where} lied, and was not the one to be named: {one.liars()}")
                one.wait_for_more(round(ground.rate * ground.seconds / 2))

        load = ground.load([proxy.url, *(member.url for member in others)])
        how = "takes transactions and drops them, empties its blocks"
        return under_load(ground, "a lying node", how, happen, [load])


def _caught(one: Sending) -> bool:
    return bool(one.liars())


def _lie(proxy: Proxy) -> None:
    def emptied(_: list[Any], block: Any) -> Any:
        return {**block, "transactions": []} if block else block

    proxy.inventions["eth_sendRawTransaction"] = lambda _: "0x" + 32 * "00"
    proxy.lies["eth_getBlockByNumber"] = emptied
    proxy.lies["eth_getBlockReceipts"] = lambda *_: []
