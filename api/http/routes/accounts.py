"""A participant's accounts: who may act for it, in what, and for how long."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.http.asof import View, reading
from api.http.authentication import Caller, Here
from api.http.formats import Address, Time, TimeIn
from api.http.idempotency import WriteRoute
from api.http.problems import ApiProblem
from api.http.replies import describe_read, describe_write, read
from api.http.routes.common import Input, Written, simply_written
from api.http.visibility import SEES_ALL, require_role
from chain.rules.state import ALL_ROLES, ATTRIBUTES, CAPABILITIES, FULL_SCOPE, Role

router = APIRouter(prefix="/v1/participants", tags=["participants"])
writes = APIRouter(prefix="/v1/accounts", tags=["participants"], route_class=WriteRoute)

_NAMES = {
    role.name.lower(): role for role in Role if role.name and role & (ALL_ROLES | ATTRIBUTES | CAPABILITIES)
}
ScopeName = Annotated[str, Field(json_schema_extra={"enum": [*_NAMES, "full"]}, examples=["supplier"])]
AccountPath = Annotated[Address, Path()]


class ScopeIn(Input):
    """What an account may do: roles and capabilities, or `full`; and until when, absent for no end."""

    scope: list[ScopeName] = Field(min_length=1, max_length=20)
    valid_until: TimeIn | None = None


class NewAccount(ScopeIn):
    """An account to add to the caller's participant."""

    account: Address


class RotationIn(Input):
    """The account that takes the place of an old one."""

    account: Address


class AccountView(BaseModel):
    """An account: its scope, and what that comes to with its participant's roles."""

    account: Address
    scope: list[ScopeName]
    may: list[ScopeName]
    status: str = Field(json_schema_extra={"enum": ["active", "suspended"]}, examples=["active"])
    valid_until: Time | None


class AccountsView(BaseModel):
    """The accounts of a participant, in the order in which they were added."""

    participant: int
    accounts: list[AccountView]


@router.get(
    "/{number}/accounts",
    response_model=AccountsView,
    operation_id="listAccounts",
    summary="The accounts of a participant",
    responses=describe_read(403, 404),
)
def list_accounts(
    request: Request,
    gateway: Here,
    caller: Caller,
    number: Annotated[int, Path(ge=1, lt=2**32, examples=[2])],
) -> Response:
    """For the participant itself, and those who see all."""
    with reading(gateway.ledger) as view:
        if caller.number != number:
            require_role(view, caller.number, SEES_ALL)
        found = [_shown(view, account) for account in view.ledger.participants.accounts(number)]
        return read(request, view.head, AccountsView(participant=number, accounts=found))


@writes.post(
    "",
    status_code=201,
    response_model=Written,
    operation_id="addAccount",
    summary="Add an account to the caller's participant",
    responses=describe_write(404),
)
def add_account(gateway: Here, caller: Caller, body: NewAccount) -> Response:
    """An administrator gives no more than it may do itself."""
    sent = gateway.ledger.participants.add_account(
        caller.signer, caller.number, body.account, _scope(body.scope), body.valid_until or 0
    )
    return simply_written(sent, 201)


@writes.post(
    "/{account}/scope",
    response_model=Written,
    operation_id="setScope",
    summary="Change what an account may do, and for how long",
    responses=describe_write(404),
)
def set_scope(gateway: Here, caller: Caller, account: AccountPath, body: ScopeIn) -> Response:
    """An administrator of the same participant."""
    sent = gateway.ledger.participants.set_scope(
        caller.signer, account, _scope(body.scope), body.valid_until or 0
    )
    return simply_written(sent)


@writes.post(
    "/{account}/rotate",
    response_model=Written,
    operation_id="rotateAccount",
    summary="Put another account in the place of one",
    responses=describe_write(404),
)
def rotate(gateway: Here, caller: Caller, account: AccountPath, body: RotationIn) -> Response:
    """Scope and end stay as they are."""
    sent = gateway.ledger.participants.rotate_account(caller.signer, account, body.account)
    return simply_written(sent)


@writes.post(
    "/{account}/remove",
    response_model=Written,
    operation_id="removeAccount",
    summary="Remove an account",
    responses=describe_write(404),
)
def remove(gateway: Here, caller: Caller, account: AccountPath) -> Response:
    """A participant keeps one administrator at least."""
    return simply_written(gateway.ledger.participants.remove_account(caller.signer, account))


def _scope(names: list[str]) -> int:
    scope = 0
    for name in names:
        if name not in _NAMES and name != "full":
            raise ApiProblem("scope-unknown", 422, f"There is no scope {name[:40]!r}.")
        scope |= int(FULL_SCOPE if name == "full" else _NAMES[name])
    return scope


def _shown(view: View, account: str) -> AccountView:
    found = view.ledger.participants.account(account)
    return AccountView(
        account=account,
        scope=[name for name, role in _NAMES.items() if found.scope & role],
        may=[name for name, role in _NAMES.items() if found.roles & role],
        status=found.status.name.lower(),
        valid_until=found.own_until or None,
    )
