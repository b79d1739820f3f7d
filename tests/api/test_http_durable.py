"""A gateway with a database: what it was asked to do happens once, though its process ends in between."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert
from web3 import HTTPProvider

from api.bench.lying_proxy import lying_proxy
from api.bench.postgres import free_port
from api.http.accounts import chain_gateway
from api.http.answers import Answer
from api.http.durable import durable
from api.http.gateway import Gateway, hash_token
from api.http.kept_answers import KeptAnswers, http_answer
from api.http.problems import ApiProblem
from api.story.cast import admit, found_ledger
from chain import events
from chain.database import migrate, now_utc
from chain.deployment import write_manifest
from chain.engines import Engine
from chain.errors import InvoiceExists
from chain.ledger import only
from chain.outbox import State, entry_of
from chain.outbox.delivering import NotYetIncluded, OutboxDelivery, keyed
from chain.replay import read_events
from chain.rules.state import Statement
from chain.signing import LocalSigner, write_keystore
from flows.checks.cross import Level
from flows.evidence import commit_fields
from flows.fields import Field
from flows.keeping import evidence_to_json
from flows.records import Flow
from tests.sending.conftest import database as database
from tests.sending.conftest import database_url as database_url

PASSWORD = "correct horse"
TOKEN = "a token of the tax attester's, of the tests' own"
CNY = 156


@dataclass(frozen=True)
class Place:
    """Where a gateway finds everything."""

    node: str
    folder: Path
    creditor: int

    def gateway(self) -> Gateway:
        return chain_gateway(
            self.node, self.folder / "manifest.json", self.folder / "accounts.json", PASSWORD
        )


@pytest.fixture(scope="module")
def place(anvil: Engine, tmp_path_factory: pytest.TempPathFactory) -> Place:
    import json

    folder = tmp_path_factory.mktemp("gateway")
    ledger, manifest, governors = found_ledger(anvil)
    cast, _ = admit(ledger, governors)
    tax = cast["tax"]
    assert isinstance(tax.signer, LocalSigner)
    write_manifest(manifest, folder / "manifest.json")
    write_keystore(tax.signer, folder / "tax.json", PASSWORD)
    entry = {
        "alias": "tax",
        "name": tax.party.name,
        "number": tax.number,
        "keystore": "tax.json",
        "token_sha256": hash_token(TOKEN).hex(),
    }
    (folder / "accounts.json").write_text(json.dumps({"participants": [entry]}), encoding="utf-8")
    assert isinstance(anvil.w3.provider, HTTPProvider)
    return Place(str(anvil.w3.provider.endpoint_uri), folder, cast["tier1"].number)


def invoice(place: Place) -> dict[str, Any]:
    return {
        "nullifier": "0x" + secrets.token_hex(32),
        "creditor": place.creditor,
        "currency": "CNY",
        "total": "100",
    }


def registered(gateway: Gateway, nullifier: str) -> int:
    """How often the ledger has the invoice."""
    log = read_events(gateway.ledger.engine, gateway.ledger.manifest)
    return sum(
        isinstance(each.event, events.InvoiceRegistered) and "0x" + each.event.nullifier.hex() == nullifier
        for each in log
    )


@contextmanager
def serving(place: Place, database_url: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """The command itself, in a process that can be killed."""
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--chain", place.node]
    command += ["--manifest", str(place.folder / "manifest.json")]
    command += ["--accounts", str(place.folder / "accounts.json"), "--database", database_url]
    environment = {**os.environ, "COUNTERFOIL_KEYSTORE_PASSWORD": PASSWORD}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            deadline = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    client.get("/livez")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield client, process
    finally:
        process.kill()
        process.wait()


@pytest.mark.contracts
def test_an_answer_outlives_the_process_that_gave_it(place: Place, database_url: str) -> None:
    body, headers = invoice(place), {"Idempotency-Key": secrets.token_hex(8)}

    with serving(place, database_url) as (client, process):
        first = client.post("/v1/invoices", json=body, headers=headers)
        process.send_signal(signal.SIGKILL)
    with serving(place, database_url) as (client, _):
        second = client.post("/v1/invoices", json=body, headers=headers)
        other = client.post("/v1/invoices", json=invoice(place), headers=headers)
        again = client.post("/v1/invoices", json=body)

    assert first.status_code == 201, first.text
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["rule"]) == (422, "idempotency-key-reused")
    assert again.json()["rule"] == "invoice-exists"
    assert registered(place.gateway(), body["nullifier"]) == 1


@pytest.mark.contracts
def test_a_failure_is_not_kept_for_its_key_and_the_same_request_tries_again(
    place: Place, database_url: str
) -> None:
    def away(_: list[Any]) -> Any:
        raise httpx.ReadError("the node is away")

    body, headers = invoice(place), {"Idempotency-Key": secrets.token_hex(8)}

    with (
        lying_proxy(place.node) as proxy,
        serving(replace(place, node=proxy.url), database_url) as (client, _),
    ):
        proxy.inventions["eth_call"] = away
        first = client.post("/v1/invoices", json=body, headers=headers)
        proxy.inventions.clear()
        second = client.post("/v1/invoices", json=body, headers=headers)

    assert (first.status_code, first.json()["rule"]) == (503, "ledger-unreachable")
    assert second.status_code == 201, second.text
    assert registered(place.gateway(), body["nullifier"]) == 1


@pytest.mark.contracts
def test_a_request_that_got_no_answer_finds_its_own_transaction(place: Place, database_url: str) -> None:
    """The process died while it waited for a block: carried out again, the request sends nothing new."""
    nullifier = secrets.token_bytes(32)
    key = secrets.token_hex(8)

    def register(gateway: Gateway) -> Any:
        (tax,) = gateway.members
        with keyed(key):
            return gateway.ledger.invoices.register(tax.signer, nullifier, place.creditor, CNY, 100)

    with durable(place.gateway(), place.node, database_url) as first:
        delivery = first.ledger.engine.delivery
        assert isinstance(delivery, OutboxDelivery)
        impatient = replace(delivery, patience=0.0)
        object.__setattr__(first.ledger.engine, "delivery", impatient)
        with pytest.raises(NotYetIncluded):
            register(first)
    with durable(place.gateway(), place.node, database_url) as second:
        sent = register(second)
        (tax,) = second.members
        with pytest.raises(InvoiceExists):  # another request is another call
            second.ledger.invoices.register(tax.signer, nullifier, place.creditor, CNY, 100)
        delivery = second.ledger.engine.delivery
        assert isinstance(delivery, OutboxDelivery)
        entry = entry_of(delivery.outbox.database, key)

    assert only(sent, events.InvoiceRegistered).nullifier == nullifier
    assert sent.transaction == "0x" + entry.hash.hex()
    assert entry.state in (State.INCLUDED, State.FINAL)
    assert registered(place.gateway(), "0x" + nullifier.hex()) == 1


@pytest.mark.contracts
def test_the_calls_of_one_request_are_told_apart(place: Place, database_url: str) -> None:
    with durable(place.gateway(), place.node, database_url) as gateway, keyed("two calls"):
        (tax,) = gateway.members
        for _ in range(2):
            gateway.ledger.invoices.register(tax.signer, secrets.token_bytes(32), place.creditor, CNY, 100)
        delivery = gateway.ledger.engine.delivery
        assert isinstance(delivery, OutboxDelivery)
        entries = [entry_of(delivery.outbox.database, key) for key in ("two calls", "two calls#2")]

    assert entries[1].nonce == entries[0].nonce + 1


@pytest.mark.contracts
def test_two_processes_show_the_same_grants_and_a_third_after_both_were_killed(
    place: Place, database_url: str
) -> None:
    """And of both only one writes the read model, whichever; each answers from it."""
    fields = (Field("invoice/total", "amount", "100"), Field("invoice/secret", "text", "not granted"))
    evidence = commit_fields(fields, b"\x09" * 32, frozenset({Flow.INVOICE}), Level.L3)
    gateway = place.gateway()
    (tax,) = gateway.members
    statement = Statement(evidence.commitment, 1, secrets.token_bytes(32), 3, 0)
    if not gateway.ledger.attestations.status_of(evidence.commitment).exists:
        gateway.ledger.attestations.attest(tax.signer, statement)
    where = f"/v1/attestations/0x{evidence.commitment.hex()}"
    grant = {"grantee": tax.number, "paths": ["invoice/total"]}

    with (
        serving(place, database_url) as (one, first),
        serving(place, database_url) as (two, second),
    ):
        kept = two.post("/v1/evidence", json=json.loads(evidence_to_json(evidence)))
        before = two.get(f"{where}/disclosure")
        granted = one.post(f"{where}/grants", json=grant)
        after = two.get(f"{where}/disclosure")
        written = one.post("/v1/invoices", json=invoice(place))
        ready = [caught_up(client) for client in (one, two)]
        for process in (first, second):
            process.send_signal(signal.SIGKILL)
    with serving(place, database_url) as (three, _):
        again = three.get(f"{where}/disclosure")

    assert (before.status_code, before.json()["rule"]) == (404, "nothing-granted")
    assert kept.status_code == granted.status_code == written.status_code == 201, granted.text + written.text
    assert [one["path"] for one in after.json()["disclosure"]["fields"]] == ["invoice/total"]
    assert again.json()["disclosure"] == after.json()["disclosure"]
    assert ready[0]["read_model"]["block"] == ready[1]["read_model"]["block"]


def caught_up(client: httpx.Client) -> dict[str, Any]:
    """What a gateway says once its read model has the node's newest block."""
    deadline = time.monotonic() + 60
    while True:
        said: dict[str, Any] = client.get("/readyz").json()
        if said.get("read_model", {}).get("behind") == 0:
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


# Answers


@pytest.fixture
def answers(database: Database) -> Callable[..., KeptAnswers]:
    """Answers of a fresh database, as one process after another opens them."""
    migrate(database)
    return lambda **options: KeptAnswers(database, **options)


def test_a_key_keeps_its_answer_whoever_asks(answers: Callable[..., KeptAnswers]) -> None:
    given = Answer(201, {"location": "/v1/receivables/1"}, b'{"\xe4\xbb\xbd": 1}')
    first, second = answers(), answers()

    assert first.begin(7, "key", b"print") is None
    first.finish(7, "key", given)

    assert first.begin(7, "key", b"print") == given
    assert second.begin(7, "key", b"print") == given
    assert second.begin(8, "key", b"other") is None  # another participant's own key


def test_another_request_with_the_key_is_refused(answers: Callable[..., KeptAnswers]) -> None:
    kept = answers()
    kept.begin(7, "key", b"print")

    with pytest.raises(ApiProblem, match="another request"):
        kept.begin(7, "key", b"other")


def test_a_request_is_worked_on_once_at_a_time(answers: Callable[..., KeptAnswers]) -> None:
    first, second = answers(), answers()
    first.begin(7, "key", b"print")

    for each in (first, second):
        with pytest.raises(ApiProblem, match="being worked on"):
            each.begin(7, "key", b"print")


def test_a_request_without_answer_leaves_its_key_free(answers: Callable[..., KeptAnswers]) -> None:
    kept = answers()
    kept.begin(7, "key", b"print")
    kept.finish(7, "key", None)

    assert kept.begin(7, "key", b"other") is None


def test_a_request_of_a_dead_process_is_taken_over_and_its_late_answer_dropped(
    answers: Callable[..., KeptAnswers], database: Database
) -> None:
    dead, living = answers(), answers()
    with database.begin() as connection:
        long_ago = {"begun_at": now_utc() - timedelta(minutes=3), "run": dead._run}
        row = {"owner": "7", "key": "key", "fingerprint": b"print", **long_ago}
        connection.execute(insert(http_answer), row)

    assert living.begin(7, "key", b"print") is None
    dead.finish(7, "key", Answer(500, {}, b"late"))
    living.finish(7, "key", Answer(201, {}, b"in time"))

    assert living.begin(7, "key", b"print") == Answer(201, {}, b"in time")
