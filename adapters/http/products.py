"""The catalogue under /v1/products: everybody with a token sees it, portal admins change it."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.http.asking import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    MinPosition,
    Page,
    after,
    all_of,
    only_known,
    page,
    reached,
    state_of,
    versioned,
)
from adapters.http.described import takes
from adapters.http.outcomes import ProductWritten, written
from adapters.http.problems import Problem
from adapters.http.who import asks
from adapters.http.writing import Write, WriteIf
from commands.fields import Category
from domain.product import Product, ProductStatus
from readmodels.products import THE_FIRST, AfterProduct, OfferedProduct, page_of_products

routes = APIRouter(prefix="/v1/products", tags=["products"], dependencies=[Depends(asks), Depends(only_known)])
ProductId = Annotated[UUID, Path(description="The product's id.")]


@routes.get("", response_model=Page[OfferedProduct], summary="The catalogue, a page at a time")
async def products(
    *,
    request: Request,
    status: Annotated[Literal["offered", "retired"] | None, Query(description="Without it, both.")] = None,
    category: Annotated[Category | None, Query(description="Those of that category.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """List API products by name."""
    await reached(request, min_position)
    question = page_of_products(status=status, category=category, after=after(cursor, AfterProduct, THE_FIRST), limit=limit + 1)
    return page(await all_of(request, question), limit, lambda last: AfterProduct(last.name, last.product_id))


@routes.get("/{product_id}", response_model=OfferedProduct, summary="One product")
async def product(request: Request, product_id: ProductId, min_position: MinPosition = 0) -> Response:
    """Look at one product, offered or retired: from the log itself, so at once. Its ETag is what If-Match takes."""
    await reached(request, min_position)
    found, version = await state_of(request, Product, product_id)
    if found.status is ProductStatus.ABSENT:
        raise Problem(HTTPStatus.NOT_FOUND, "product_unknown", "there is no product with this id")
    return versioned(request, OfferedProduct(product_id=product_id, status=found.status, **asdict(found.details)), version)


@routes.post(
    "",
    status_code=201,
    response_model=ProductWritten,
    summary="Add a product to the catalogue",
    openapi_extra=takes("product.add.v1", "product_id"),
)
async def add(write: Write) -> Response:
    """Offer it to apps, from now on. For portal admins."""
    product_id = write.new_id("product")
    outcome = await write.send("product.add.v1", {"product_id": product_id})
    return written(outcome, 201, f"/v1/products/{product_id}", product_id=product_id)


@routes.patch(
    "/{product_id}", response_model=ProductWritten, summary="Change a product", openapi_extra=takes("product.change.v1", "product_id")
)
async def change(product_id: ProductId, write: WriteIf) -> Response:
    """Change what is given, and nothing else; what was decided stays. For portal admins."""
    return written(await write.send("product.change.v1", {"product_id": product_id}), product_id=product_id)


@routes.post(
    "/{product_id}/retire",
    response_model=ProductWritten,
    summary="Retire a product",
    openapi_extra=takes("product.retire.v1", "product_id"),
)
async def retire(product_id: ProductId, write: WriteIf) -> Response:
    """Let no credential open it any more, for good. For portal admins."""
    return written(await write.send("product.retire.v1", {"product_id": product_id}), product_id=product_id)
