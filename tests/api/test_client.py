"""The client of the API: writes once, asks again, refusals as exceptions, the other gateway's blocks."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.client import GatewayClient, NoAnswer, Refused


@pytest.fixture
def tax(served: Any) -> Iterator[GatewayClient]:
    with GatewayClient(served.url, served.tokens["tax"], patience=5) as client:
        yield client


def invoice(served: Any) -> dict[str, Any]:
    return {
        "nullifier": "0x" + secrets.token_hex(32),
        "creditor": served.number("tier1"),
        "currency": "CNY",
        "total": "100",
    }


def test_the_same_key_writes_once(tax: GatewayClient, served: Any) -> None:
    body = invoice(served)

    first, second = (tax.post("/v1/invoices", body, key=f"key {body['nullifier']}") for _ in range(2))

    assert (first.status, first.replayed, second.replayed) == (201, False, True)
    assert first.body == second.body


def test_a_refusal_names_rule_policy_and_citation(tax: GatewayClient, served: Any) -> None:
    body = invoice(served)
    tax.post("/v1/invoices", body)

    with pytest.raises(Refused) as refused:
        tax.post("/v1/invoices", body)

    problem = refused.value.problem
    assert (problem.rule, problem.status, problem.facts["nullifier"]) == (
        "invoice-exists",
        409,
        body["nullifier"],
    )
    assert problem.policy
    assert problem.citation
    assert problem.detail in str(refused.value)


def test_reads_carry_their_block_and_lists_are_read_to_their_end(tax: GatewayClient) -> None:
    answer = tax.get("/v1/participants/me")

    assert answer.block is not None
    assert answer.etag
    assert answer.block.number <= tax.head().number
    assert tax.head().time.tzinfo is not None
    assert [one["number"] for one in tax.items("/v1/participants", limit="3")] == list(range(1, 12))


def test_a_block_that_does_not_come_is_not_waited_for_for_ever(served: Any) -> None:
    with GatewayClient(served.url, served.tokens["tax"], patience=0.3, name="ours") as client:
        client.wait_for_block(client.head().number)
        with pytest.raises(NoAnswer, match=r"ours is at block \d+ and not at \d+"):
            client.wait_for_block(client.head().number + 1_000)


def test_a_gateway_that_is_not_there_is_asked_again_and_then_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        GatewayClient(f"http://127.0.0.1:{port}", "secret-token", patience=0.3) as client,
        pytest.raises(NoAnswer) as silent,
    ):
        client.get("/v1/participants/me")
    assert "secret-token" not in str(silent.value) + repr(client)
    assert "GET /v1/participants/me" in str(silent.value)


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key() -> None:
    """The first connection is cut after the request was heard; the second is answered."""
    keys: list[str] = []
    answer = b'{"transaction": {"hash": "0x", "block": 1}}'
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for cut in (True, False):
                connection, _ = listener.accept()
                with connection:
                    said = connection.recv(65_536).decode()
                    keys.extend(
                        line.split(": ")[1] for line in said.splitlines() if line.lower().startswith("idemp")
                    )
                    if not cut:
                        head = f"HTTP/1.1 201 Created\r\nContent-Length: {len(answer)}\r\n"
                        connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + answer)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with GatewayClient(url, "token", patience=10) as client:
            done = client.post("/v1/invoices", {"a": 1})
        thread.join()

    assert done.status == 201
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_what_is_no_gateway_is_said_to_be_none(served: Any) -> None:
    with GatewayClient(served.url, served.tokens["tax"]) as client, pytest.raises(Refused) as refused:
        client.get("/docs/oauth2-redirect/nothing")
    assert refused.value.problem.status == 404
