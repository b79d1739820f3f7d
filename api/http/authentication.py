"""Who asks: a bearer token, which stands for one participant."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.http.gateway import Gateway, Member
from api.http.problems import ApiProblem

_bearer = HTTPBearer(
    scheme_name="bearer",
    description="A token that the gateway's operator hands to one participant and that acts for it alone.",
    auto_error=False,
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def gateway_of(request: Request) -> Gateway:
    """The gateway that the application serves."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def authenticate(request: Request) -> Member:
    """The participant whose token the request carries.

    Raises:
        ApiProblem: there is no token, or it is nobody's.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiProblem(
            "token-missing",
            401,
            "The request carries no bearer token.",
            headers={"WWW-Authenticate": 'Bearer realm="counterfoil"'},
        )
    member = gateway_of(request).bearer(token.strip())
    if member is None:
        raise ApiProblem(
            "token-invalid",
            401,
            "The bearer token is not one of this gateway's.",
            headers={"WWW-Authenticate": 'Bearer realm="counterfoil", error="invalid_token"'},
        )
    return member


def _caller(request: Request, _: _Credentials) -> Member:
    # The credentials are asked for so that the OpenAPI document names the scheme.
    return authenticate(request)


Caller = Annotated[Member, Depends(_caller)]
"""The participant on whose behalf a route acts."""
Here = Annotated[Gateway, Depends(gateway_of)]
"""The gateway that a route belongs to."""
