"""Writes under /v1/apps: an app created, edited, its products asked for, suspended, reinstated, submitted again, deleted."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from adapters.http.apps_out import AppId
from adapters.http.asking import only_known
from adapters.http.described import takes
from adapters.http.outcomes import AppWritten, written
from adapters.http.signing_in import profile_missing
from adapters.http.writing import NOTHING, Said, Write, WriteIf, Writing
from commands.fields import Reason

routes = APIRouter(prefix="/v1/apps", tags=["apps"], dependencies=[Depends(only_known)])
Why = Annotated[Reason | None, Query(description="Why, for those who read its history.")]


@routes.post(
    "",
    status_code=201,
    response_model=AppWritten,
    summary="Create an app",
    openapi_extra=takes("app.create.v1", "app_id", optional=("owner",)),
)
async def create(write: Write) -> Response:
    """Create an app, yours where no `owner` is named. Without products it is active at once; those that need approval wait for it.

    Whoever signs in for the first time is registered as a developer, by the `name` and `email` of his token.
    """
    person, app_id = write.person, write.new_id("app")
    own = None if person is None else {"kind": "developer", "id": str(person)}
    if own is not None and write.on_behalf_of is None and not write.registered and write.said.get("owner", own) == own:
        raise profile_missing()
    outcome = await write.send("app.create.v1", {"app_id": app_id}, default=NOTHING if own is None else {"owner": own})
    return written(outcome, 201, f"/v1/apps/{app_id}", app_id=app_id)


@routes.patch("/{app_id}", response_model=AppWritten, summary="Edit an app", openapi_extra=takes("app.edit.v1", "app_id"))
async def edit(app_id: AppId, write: WriteIf) -> Response:
    """Change what is given, and nothing else; an attribute that is null is removed."""
    return await _written(write, "app.edit.v1", app_id)


@routes.delete("/{app_id}", response_model=AppWritten, summary="Delete an app")
async def delete(app_id: AppId, write: WriteIf, reason: Why = None) -> Response:
    """Delete it, for good: its credentials are revoked, its name is free; its history stays."""
    return await _written(write, "app.delete.v1", app_id, default={} if reason is None else {"reason": reason})


@routes.post(
    "/{app_id}/products", response_model=AppWritten, summary="Ask for products", openapi_extra=takes("app.add_products.v1", "app_id")
)
async def add_products(app_id: AppId, write: WriteIf) -> Response:
    """Subscribe to more products; those that need approval wait for it."""
    return await _written(write, "app.add_products.v1", app_id)


@routes.delete("/{app_id}/products/{product_id}", response_model=AppWritten, summary="Remove a product from an app")
async def remove_product(app_id: AppId, product_id: Annotated[UUID, Path(description="The product's id.")], write: WriteIf) -> Response:
    """End a subscription, approved or waiting; access through it ends at once."""
    outcome = await write.send("app.remove_products.v1", {"app_id": app_id, "products": [product_id]})
    return written(outcome, app_id=app_id)


@routes.post("/{app_id}/suspend", response_model=AppWritten, summary="Suspend an app", openapi_extra=takes("app.suspend.v1", "app_id"))
async def suspend(app_id: AppId, write: WriteIf) -> Response:
    """Let none of its credentials open anything while it lasts. For portal admins."""
    return await _written(write, "app.suspend.v1", app_id)


@routes.post("/{app_id}/reinstate", response_model=AppWritten, summary="Reinstate a suspended app")
async def reinstate(app_id: AppId, write: WriteIf) -> Response:
    """End its suspension. For portal admins."""
    return await _written(write, "app.reinstate.v1", app_id)


@routes.post(
    "/{app_id}/resubmit", response_model=AppWritten, summary="Submit a rejected app again", openapi_extra=takes("app.resubmit.v1", "app_id")
)
async def resubmit(app_id: AppId, write: WriteIf) -> Response:
    """Ask again, for the products that are named or for all that were rejected."""
    return await _written(write, "app.resubmit.v1", app_id)


async def _written(write: Writing, name: str, app_id: UUID, default: Said = NOTHING) -> Response:
    return written(await write.send(name, {"app_id": app_id}, default=default), app_id=app_id)
