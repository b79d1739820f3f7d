"""The ledger on the network: deployed once, governed by the members, each by its own vote on its own node."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from eth_utils.crypto import keccak

from api.consortium.members import Keys, accounts_of
from api.consortium.network import PATIENCE
from api.consortium.waiting import wait_until
from api.story.cast import CNY, LIMIT, PARTS, TRADE_FLOWS, YEAR
from chain import events
from chain.clients.participants import Call
from chain.deployment import Manifest, deploy
from chain.engines import connect, now
from chain.ledger import OpenLedger, only, open_ledger
from chain.network.waiting import wait_for_height
from chain.policies import DEFAULT_POLICIES, Citation, PolicySetting, policy_calls
from chain.rules.state import ProposalState
from chain.signing import new_signer
from flows.nullifier import legal_id_hash
from flows.samples import sample_party

THRESHOLD = 3
"""Votes of four that decide: as many as make a block final."""

_IN_SECONDS = Citation("Counterfoil consortium", "Ledger parameters", "Periods of a rehearsal, in seconds")
SHORT = {
    "transfer.offer-period": PolicySetting("transfer.offer-period", 40, _IN_SECONDS),
    "financing.disburse-period": PolicySetting("financing.disburse-period", 8, _IN_SECONDS),
    "issue.overdue-grace": PolicySetting("issue.overdue-grace", 2, _IN_SECONDS),
}
"""Periods that the story waits for: the time of a real chain cannot be moved."""

POLICIES = tuple(SHORT.get(each.name, each) for each in DEFAULT_POLICIES)

SCHEMAS = (
    (TRADE_FLOWS, "counterfoil.evidence.four-flows.v1"),
    (0b0010, "counterfoil.evidence.logistics.v1"),
    (0b0100, "counterfoil.evidence.ledger-features.v1"),
    (0, "counterfoil.model-approval.v1"),
)
"""Flows and definition of each schema; a schema's number is its place, from 1."""


@dataclass(frozen=True, slots=True)
class Founded:
    """A governed ledger: its manifest, its participants' numbers by part, and how it was decided."""

    manifest: Manifest
    numbers: dict[str, int]
    proposal: int
    approved_by: tuple[str, ...]


def deploy_ledger(members: Sequence[Keys]) -> Manifest:
    """Deploys the contracts on the first member's node, by a key that has no right afterwards.

    Every member's node has them when this returns: the others open the ledger at their own.

    Raises:
        NodeFailed: a node does not get the block in time.
    """
    engine = connect(members[0].member.url)
    manifest = deploy(engine, new_signer(), [keys.governor for keys in members], THRESHOLD)
    wait_for_height([keys.member for keys in members], engine.w3.eth.block_number, PATIENCE)
    return manifest


def govern(manifest: Manifest, members: Sequence[Keys]) -> Founded:
    """Sets policies, admits participants, limits the anchor, registers schemas: one proposal, three votes.

    The first member proposes and executes, others approve, each through its own node with its own key.
    """
    voting = members[:THRESHOLD]
    with ThreadPoolExecutor(len(voting)) as pool:
        ledgers = list(pool.map(lambda keys: open_ledger(connect(keys.member.url), manifest), voting))
        signers = list(pool.map(Keys.governor_signer, voting))
        calls = _calls(ledgers[0], members)
        proposed = ledgers[0].participants.propose(signers[0], calls)
        proposal = only(proposed, events.ProposalMade).id

        def approve(at: int) -> None:
            participants = ledgers[at].participants
            wait_until(
                f"{voting[at].member.name} has proposal {proposal}",
                lambda: participants.proposal(proposal).state == ProposalState.OPEN,
            )
            participants.approve(signers[at], proposal)

        list(pool.map(approve, range(1, len(voting))))
    wait_until(
        f"{voting[0].member.name} has the votes on proposal {proposal}",
        lambda: ledgers[0].participants.proposal(proposal).approvals.bit_count() >= THRESHOLD,
    )
    executed = ledgers[0].participants.execute(signers[0], proposal, calls)
    admitted = [one.event.number for one in executed.events if isinstance(one.event, events.Admitted)]
    return Founded(
        manifest=manifest,
        numbers=dict(zip(PARTS, admitted, strict=True)),
        proposal=proposal,
        approved_by=tuple(keys.member.name for keys in voting),
    )


def _calls(ledger: OpenLedger, members: Sequence[Keys]) -> list[Call]:
    until = now(ledger.engine) + 3 * YEAR
    calls = policy_calls(ledger, POLICIES)
    for part, account in accounts_of(members).items():
        party = sample_party(PARTS[part].name)
        hashed = legal_id_hash(secrets.token_bytes(32), party.identifiers[0].scheme, party.id)
        calls.append(ledger.participants.encoded("admit", hashed, int(PARTS[part].roles), until, account))
    for flows, definition in SCHEMAS:
        calls.append(
            ledger.attestations.encoded("registerSchema", flows, True, False, keccak(text=definition))
        )
    anchor = list(PARTS).index("anchor") + 1
    calls.append(ledger.limits.encoded("setLimit", anchor, CNY, LIMIT))
    return calls
