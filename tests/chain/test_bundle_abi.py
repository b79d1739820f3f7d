"""Calldata that somebody has been at: contracts and auditor read the same of it, or both refuse it."""

from __future__ import annotations

from dataclasses import astuple
from random import Random
from typing import Any

import pytest
from eth_tester.exceptions import TransactionFailed
from eth_utils.address import to_canonical_address

from chain.bundle.abi import reader, reader_of_all
from chain.bundle.calls import CallRefused, read_call
from chain.bundle.execution import Execution
from chain.deployment import DAY
from chain.differential.choosing import chance
from chain.engines import embedded
from chain.errors import LedgerRefusal
from chain.rules.state import Leg, Moment, Role, Statement
from tests.chain.differential import derived, execution_of, world_of
from tests.chain.scenario import DOCUMENT, GOVERNORS, Scene, founded

Base = tuple[str, str, bytes]
"""A call that succeeds: its contract, its sender and its calldata."""

OFFSETS = [0, 1, 31, 32, 64, 96, 128, 160, 192, 256, 320, 2**64 - 1, 2**64, 2**255, 2**255 + 32]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return founded(embedded())


def give(scene: Scene, address: str) -> None:
    """Gas money for an account that takes none: a contract that calls as governance does."""
    controls: Any = scene.controls
    chain = controls.tester.backend.chain
    state = chain.get_vm().state
    state.set_balance(to_canonical_address(address), 10**18)
    state.persist()
    chain.header = chain.header.copy(state_root=state.make_state_root())
    controls.tester.mine_block()


@pytest.fixture(scope="module")
def calls(scene: Scene) -> list[Base]:
    ledger, n, s = scene.ledger, scene.numbers, scene.signers
    maker = scene.account("supplier", "abi maker", int(Role.MAKER))
    ledger.desk.open(s["supplier"])
    voucher = scene.confirmed()
    inner = [ledger.policies.encoded("withdraw", b"\1" * 32), ledger.limits.encoded("lift", 1, DOCUMENT)]
    terms, evidence = scene.joint_terms(), scene.fresh()
    joint = (terms.purpose, terms.protocol, terms.model, list(terms.inputs))
    legs = [astuple(Leg(n["bank"], 50, evidence)), astuple(Leg(n["supplier"], 40, bytes(32)))]
    until, deadline = scene.now() + 30 * DAY, scene.now() + DAY
    statements = [Statement(scene.fresh(), 1, scene.fresh(), 3, 0) for _ in range(3)]
    signature = ledger.attestations.sign_statement(s["carrier"], statements[0], deadline)
    policy = (b"term.review".ljust(32, b"\0"), 50 * DAY, 0, "发文机关", "文件", "第一条")
    made = [
        (GOVERNORS[0].address, ledger.participants.encoded("propose", inner)),
        (s["supplier"].address, ledger.computations.encoded("grant", [5, 6], joint, 3, until)),
        (scene.manifest.addresses["Participants"], ledger.policies.encoded("set", *policy)),
        (s["supplier"].address, ledger.receivables.encoded("split", voucher, 0, legs)),
        (s["anchor"].address, ledger.issuance.encoded("proposeMany", [astuple(scene.terms(9))] * 1)),
        (maker.address, ledger.desk.encoded("make", *inner[0])),
        (s["carrier"].address, ledger.attestations.encoded("attestMany", [*map(astuple, statements)])),
        (
            s["stranger"].address,
            ledger.attestations.encoded("attestBySignature", astuple(statements[0]), deadline, signature),
        ),
    ]
    give(scene, scene.manifest.addresses["Participants"])
    names = {address: name for name, address in scene.manifest.addresses.items()}
    return [(names[target], sender, data) for sender, (target, data) in made]


@pytest.fixture(scope="module")
def execution(scene: Scene, calls: list[Base]) -> Execution:
    """The rules of the ledger as it is when the calls can be made."""
    assert calls
    return execution_of(world_of(scene), derived(scene))


def passes_on_chain(scene: Scene, contract: str, sender: str, data: bytes) -> bool:
    w3 = scene.engine.w3
    to, by = (w3.to_checksum_address(a) for a in (scene.manifest.addresses[contract], sender))
    try:
        w3.eth.call({"from": by, "to": to, "data": w3.to_hex(data), "gas": 5_000_000})
    except TransactionFailed:
        return False
    return True


def passes_by_the_rules(execution: Execution, contract: str, sender: str, data: bytes, now: int) -> bool:
    try:
        call = read_call(contract, data, execution.domains)
        execution.trial().take(call, Moment(now, sender))
    except (CallRefused, LedgerRefusal):
        return False
    # What is at an address that is none of the ledger's is not known to the rules: here, nothing.
    return not execution.calls_elsewhere(call)


def test_the_calls_pass_as_they_are(scene: Scene, calls: list[Base], execution: Execution) -> None:
    for contract, sender, data in calls:
        assert passes_on_chain(scene, contract, sender, data), contract
        assert passes_by_the_rules(execution, contract, sender, data, scene.now()), contract


@pytest.mark.parametrize("seed", range(8))
def test_contracts_and_auditor_agree_on_calldata_that_was_altered(
    scene: Scene, calls: list[Base], execution: Execution, seed: int
) -> None:
    random, now = chance(seed), scene.now()
    contract, sender, whole = calls[seed]
    passed = 0

    for _ in range(60):
        words = bytearray(whole)
        for _ in range(random.choice((1, 1, 2))):
            at = 4 + 32 * random.randrange((len(whole) - 4) // 32)
            words[at : at + 32] = another(random).to_bytes(32, "big")
        altered = bytes(words[: len(words) - random.choice((0, 0, 0, 0, 1, 31, 32, 40))])

        on_chain = passes_on_chain(scene, contract, sender, altered)

        assert passes_by_the_rules(execution, contract, sender, altered, now) == on_chain, altered.hex()
        passed += on_chain

    assert passed < 60


def another(random: Random) -> int:
    """A word in the place of one: an offset or a length that leads somewhere, or anything."""
    offset = random.choice(OFFSETS)
    return random.choice((offset, -offset % 2**256, random.randrange(600), random.getrandbits(256)))


BYTES = {"type": "bytes", "name": "data"}
CALLS = {"type": "tuple[]", "components": [{"type": "address", "name": "target"}, BYTES], "name": "calls"}


def test_an_offset_of_an_argument_leads_forward_only() -> None:
    read = reader_of_all([BYTES])
    back = bytes(4) + (2**256 - 32).to_bytes(32, "big") + bytes(64)

    with pytest.raises(IndexError):
        read(back)


def word(value: int) -> bytes:
    return (value % 2**256).to_bytes(32, "big")


def test_an_offset_within_a_dynamic_value_may_lead_back() -> None:
    """Of two calls the second's data is the first's: the compiler's decoder follows signed offsets."""
    first = word(7) + word(64) + word(3) + b"abc".ljust(32, b"\0")
    second = word(8) + word(64 - len(first))
    data = bytes(4) + word(32) + word(2) + word(64) + word(64 + len(first)) + first + second

    ((one, other),) = reader_of_all([CALLS])(data)

    assert (one[1], other[1]) == (b"abc", b"abc")


def test_what_no_contract_takes_has_no_reader() -> None:
    with pytest.raises(TypeError, match="int256"):
        reader({"type": "int256", "name": "x"})
