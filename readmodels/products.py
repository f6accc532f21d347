"""The catalogue of API products, as everybody sees it."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from readmodels.question import Question


class OfferedProduct(BaseModel):
    """A row of dashboard.product, where the columns are described."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    name: str
    description: str
    category: str
    needs_approval: bool
    status: str


class AfterProduct(NamedTuple):
    """Where a page ended: the next one begins after this product."""

    name: str
    product_id: UUID


THE_FIRST: Final = AfterProduct("", UUID(int=0))
"""Before every product: none is without a name."""


def page_of_products(
    *, status: str | None = None, category: str | None = None, after: AfterProduct = THE_FIRST, limit: int
) -> Question[OfferedProduct]:
    """List products by name; those of one status, or of one category."""
    parameters = {"status": status, "category": category, "name": after.name, "product_id": after.product_id, "limit": limit}
    return Question(_PAGE, OfferedProduct, parameters)


_PAGE: Final = """
SELECT * FROM dashboard.product
WHERE (%(status)s::text IS NULL OR status = %(status)s::text)
    AND (%(category)s::text IS NULL OR category = %(category)s::text)
    AND (name, product_id) > (%(name)s, %(product_id)s)
ORDER BY name, product_id
LIMIT %(limit)s
"""
