"""Maker and checker (经办, 复核): two people for everything a participant does through its hand.

The hand is an account without a key, which the participant adds like any other. One of its people, an account
with the scope MAKER, drafts a call; another, with the scope CHECKER, checks it within fourteen days, and the
hand then calls. Accounts narrowed to one of the two can do nothing directly.
"""

from __future__ import annotations

from dataclasses import replace

from eth_abi.abi import encode

from chain import errors, events
from chain.hands import hand_of
from chain.hashing import keccak
from chain.rules.participants import actor_of
from chain.rules.state import Draft, DraftState, Ledger, Moment, Role

DRAFT_PERIOD = 14 * 24 * 3600


def hash_of_call(target: str, data: bytes) -> bytes:
    """What a draft stores of its call."""
    return keccak(encode(["address", "bytes"], [target, data]))


def open_hand(ledger: Ledger, at: Moment) -> tuple[events.Event, ...]:
    """An administrator of a participant has its hand made, once."""
    number = actor_of(ledger, at, Role.ADMIN)
    if number in ledger.hand:
        raise errors.HandExists(number)
    ledger.hand[number] = hand_of(ledger.desk, number)
    return (events.HandOpened(number, ledger.hand[number], at.sender),)


def make(ledger: Ledger, at: Moment, target: str, call_hash: bytes) -> tuple[events.Event, ...]:
    """A maker drafts a call of any contract but the desk itself."""
    number = actor_of(ledger, at, Role.MAKER)
    if number not in ledger.hand:
        raise errors.HandMissing(number)
    if target == ledger.desk:
        raise errors.DeskItself()
    draft = len(ledger.draft) + 1
    expires_at = at.now + DRAFT_PERIOD
    ledger.draft[draft] = Draft(number, expires_at, DraftState.OPEN, at.sender, call_hash)
    return (events.DraftMade(draft, number, target, call_hash, expires_at, at.sender),)


def check(ledger: Ledger, at: Moment, number: int, call_hash: bytes) -> tuple[events.Event, ...]:
    """A checker lets a draft go ahead, whose maker must still be one; the call follows as the hand's act."""
    draft = _checkable(ledger, at, number)
    if call_hash != draft.call_hash:
        raise errors.DraftChanged(number, draft.call_hash, call_hash)
    maker = actor_of(ledger, Moment(at.now, draft.maker), Role.MAKER)
    if maker != draft.number:
        raise errors.NotDraftOwner(number, maker, draft.number)
    ledger.draft[number] = replace(draft, state=DraftState.CHECKED)
    return (events.DraftChecked(number, draft.number, at.sender),)


def reject(ledger: Ledger, at: Moment, number: int, reason: bytes) -> tuple[events.Event, ...]:
    """A checker turns a draft down."""
    draft = _checkable(ledger, at, number)
    ledger.draft[number] = replace(draft, state=DraftState.REJECTED)
    return (events.DraftRejected(number, draft.number, reason, at.sender),)


def cancel(ledger: Ledger, at: Moment, number: int) -> tuple[events.Event, ...]:
    """The maker takes a draft back."""
    actor = actor_of(ledger, at, Role.MAKER)
    draft = _open(ledger, at, number, actor)
    if draft.maker != at.sender:
        raise errors.NotMaker(number, at.sender)
    ledger.draft[number] = replace(draft, state=DraftState.CANCELLED)
    return (events.DraftCancelled(number, draft.number, at.sender),)


def _checkable(ledger: Ledger, at: Moment, number: int) -> Draft:
    actor = actor_of(ledger, at, Role.CHECKER)
    draft = _open(ledger, at, number, actor)
    if draft.maker == at.sender:
        raise errors.SameAccount(number, at.sender)
    return draft


def _open(ledger: Ledger, at: Moment, number: int, actor: int) -> Draft:
    draft = ledger.draft.get(number)
    if draft is None:
        raise errors.DraftUnknown(number)
    if draft.number != actor:
        raise errors.NotDraftOwner(number, actor, draft.number)
    if draft.state != DraftState.OPEN:
        raise errors.DraftDone(number)
    if at.now > draft.expires_at:
        raise errors.DraftExpired(number, draft.expires_at)
    return draft
