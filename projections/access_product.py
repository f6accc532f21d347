"""Access: whether a product is still offered."""

from __future__ import annotations

from uuid import UUID

from domain.product import ProductAdded, ProductRetired
from domain.recorded import Recorded
from projections.projection import Projection
from readmodels.access import ProductAccess


def keys(recorded: Recorded[ProductAdded | ProductRetired]) -> list[UUID]:
    return [recorded.id]


def fold(row: ProductAccess | None, recorded: Recorded[ProductAdded | ProductRetired]) -> ProductAccess | None:
    match recorded.event:
        case ProductAdded():
            return ProductAccess(recorded.id, "offered")
        case ProductRetired():
            return ProductAccess(recorded.id, "retired")
        case _:
            return row


access_product = Projection(
    name="access.product", row=ProductAccess, events=frozenset({ProductAdded, ProductRetired}), keys=keys, fold=fold
)
