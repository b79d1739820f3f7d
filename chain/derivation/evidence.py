"""Statements, consents and joint computations, from their events."""

from __future__ import annotations

from chain import events as ev
from chain.derivation.participants import Happened
from chain.rules import attestations, computations
from chain.rules.state import Ledger, Moment, Statement, Terms


def decided(ledger: Ledger, at: Moment, event: ev.Event, _: Happened) -> Happened | None:
    """What the rules log for a decision of governance; None if the event is of none of these."""
    match event:
        case ev.SchemaRegistered():
            return attestations.register_schema(
                ledger, at, event.flows, event.revocable, event.by_subject, event.definition
            )
        case _:
            return None


def acted(ledger: Ledger, at: Moment, event: ev.Event, before: Happened) -> Happened | None:
    """What the rules log for the act behind an event; None if it is none of these.

    `before` are the events of the same call that came before this one. A statement or revocation sent for
    its signer is the signer's own act: the events are the same, and so is who may do it, but for the
    capability to sign, which no event tells.
    """
    match event, before:
        case ev.Attested(), (ev.AttestationSuperseded() as superseded,):
            return attestations.supersede(ledger, at, superseded.commitment, _statement(event))
        case ev.Attested(), ():
            return attestations.attest(ledger, at, _statement(event))
        case ev.ConsentGranted(), inputs:
            allowed = tuple(each.input for each in inputs if isinstance(each, ev.InputAllowed))
            terms = Terms(event.purpose, event.protocol, event.model, allowed)
            counterparties = computations.unpacked(event.counterparties)
            return computations.grant(ledger, at, counterparties, terms, event.budget, event.expires_at)
        case ev.Anchored(), ():
            return attestations.anchor(
                ledger, at, event.root, event.schema, event.count, event.expires_at, event.manifest
            )
        case ev.AttestationRevoked(), ():
            return attestations.revoke(ledger, at, event.commitment, event.reason)
        case ev.LeafRevoked(), ():
            return attestations.revoke_leaf(ledger, at, event.root, event.index, event.reason)
        case ev.ConsentWithdrawn(), ():
            return computations.withdraw_consent(ledger, at, event.id)
        case ev.JobOpened(), ():
            return computations.open_job(ledger, at, event.consent, ledger.terms[event.consent])
        case ev.JobCompleted(), ():
            return computations.complete_job(
                ledger, at, event.id, event.result, event.proof_hash, event.transcript
            )
        case ev.JobAbandoned(), ():
            return computations.abandon_job(ledger, at, event.id, event.reason)
        case _:
            return None


def _statement(event: ev.Attested) -> Statement:
    return Statement(event.commitment, event.schema, event.subject, event.level, event.expires_at)
