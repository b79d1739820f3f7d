"""Who sees what, by role and by part; and that reads hold together while others write."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx
import pytest

from api.http.asof import reading
from api.http.visibility import SEES_ALL, require_role, visible_receivables, visible_voucher
from chain import errors
from chain.engines import embedded
from tests.chain.scenario import Scene, founded

HOP = "0x" + "7b" * 32


class Served(Protocol):
    def __call__(self, alias: str) -> httpx.Client: ...

    def number(self, alias: str) -> int: ...


@pytest.fixture(scope="module")
def offered() -> tuple[Scene, int]:
    """A ledger with one receivable, whose voucher is offered to the second supplier."""
    scene = founded(embedded())
    return scene, scene.offered(to="second supplier")


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("anchor", True),
        ("supplier", True),
        ("second supplier", True),
        ("auditor", True),
        ("third supplier", False),
        ("bank", False),
        ("tax attester", False),
        ("settlement bank", True),
        ("suspended", False),
        ("lapsed", False),
    ],
)
def test_who_has_a_part_sees(offered: tuple[Scene, int], name: str, sees: bool) -> None:
    scene, voucher = offered
    with reading(scene.ledger) as view:
        number = scene.numbers[name]
        assert [each for each, _ in visible_receivables(view, number, 0)] == ([1] if sees else [])
        if sees:
            assert visible_voucher(view, number, voucher).id == voucher
        else:
            with pytest.raises(errors.VoucherUnknown):
                visible_voucher(view, number, voucher)
        with pytest.raises(errors.VoucherUnknown):
            visible_voucher(view, number, voucher + 1)


def test_a_role_counts_while_its_participant_may_act(offered: tuple[Scene, int]) -> None:
    scene, _ = offered
    with reading(scene.ledger) as view:
        for name in ("auditor", "settlement bank"):
            require_role(view, scene.numbers[name], SEES_ALL)
        for name, refusal in (
            ("suspended", errors.ParticipantSuspended),
            ("lapsed", errors.ParticipantExpired),
            ("bank", errors.RoleMissing),
        ):
            with pytest.raises(refusal):
                require_role(view, scene.numbers[name], SEES_ALL)
        with pytest.raises(errors.ParticipantUnknown):
            require_role(view, 999, SEES_ALL)


def test_a_settlement_bank_finds_what_it_is_to_settle(
    served: Served, confirmed: Callable[..., dict[str, Any]]
) -> None:
    number = confirmed("100000")["number"]
    bank = served("settlement")
    everything = served("auditor").get("/v1/receivables", params={"limit": 200}).json()["items"]
    assert bank.get("/v1/receivables", params={"limit": 200}).json()["items"] == everything
    assert number in [one["number"] for one in everything]
    assert bank.get(f"/v1/receivables/{number}/vouchers").status_code == 200
    assert bank.get(f"/v1/vouchers/{number << 48}").status_code == 200
    # It settles what there is; to audit the ledger is another's part.
    answer = bank.post("/v1/replays")
    assert (answer.status_code, answer.json()["rule"]) == (403, "role-missing")


def test_reads_hold_together_while_others_write(
    served: Served, confirmed: Callable[..., dict[str, Any]]
) -> None:
    number = confirmed("100000")["number"]
    voucher = str(number << 48)
    readers = [served(alias) for alias in ("anchor", "auditor", "tier1")]

    def read(client: httpx.Client) -> None:
        for _ in range(6):
            tree = client.get(f"/v1/receivables/{number}/vouchers").json()
            assert tree["tiles"]
            assert sum(int(one["amount"]) for one in tree["holdings"]) == 100_000

    with ThreadPoolExecutor(len(readers)) as pool:
        reads = [pool.submit(read, client) for client in readers]
        for expected in range(6):
            leg = {"to": served.number("tier2"), "amount": "10", "evidence": HOP}
            body = {"expected": expected, "legs": [leg]}
            assert served("tier1").post(f"/v1/vouchers/{voucher}/split", json=body).status_code == 201
        for one in reads:
            one.result()
