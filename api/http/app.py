"""The application: routes, problems and the OpenAPI document over one gateway."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.http.bodies import BodyGuard
from api.http.gateway import Gateway
from api.http.openapi import TAGS, describe
from api.http.problems import install_problems
from api.http.routes import (
    acceptances,
    accounts,
    analytics,
    attestations,
    claims,
    clearing,
    computations,
    deals,
    desk,
    evidence,
    health,
    holds,
    invoices,
    issues,
    limits,
    participants,
    policies,
    quotes,
    receivables,
    replays,
    settlement,
    statements,
    transactions,
    vouchers,
)

VERSION = "1.0.0"
"""Of the API, not of the program: it changes when the API does."""

ROUTERS = (
    health.router,
    vouchers.writes,
    transactions.writes,
    transactions.router,
    vouchers.router,
    participants.router,
    accounts.router,
    accounts.writes,
    desk.router,
    desk.writes,
    policies.router,
    limits.router,
    limits.writes,
    invoices.router,
    invoices.writes,
    receivables.router,
    issues.router,
    acceptances.router,
    holds.router,
    quotes.router,
    deals.router,
    deals.writes,
    claims.router,
    claims.writes,
    settlement.router,
    clearing.router,
    attestations.router,
    attestations.writes,
    evidence.writes,
    statements.router,
    computations.router,
    computations.writes,
    replays.router,
    analytics.router,
)


def create_app(gateway: Gateway) -> FastAPI:
    """The HTTP API over a gateway."""
    app: FastAPI = FastAPIOffline(
        title="Counterfoil",
        version=VERSION,
        summary="Receivables that are split and passed down the chain, and the evidence behind them.",
        openapi_tags=TAGS,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.gateway = gateway
    install_problems(app)
    app.add_middleware(BodyGuard)
    for router in ROUTERS:
        app.include_router(router)
    describe(app, ROUTERS)
    return app
