"""An API product: what apps subscribe to, from its addition to the catalogue to its retirement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, assert_never

from domain.event import Event
from domain.refused import Refused
from domain.state import State


class ProductAdded(Event):
    name: str
    description: str
    category: str
    needs_approval: bool


class ProductChanged(Event):
    name: str
    description: str
    category: str
    needs_approval: bool


class ProductRetired(Event):
    reason: str


ProductEvent = ProductAdded | ProductChanged | ProductRetired


class ProductStatus(StrEnum):
    """Where a product stands."""

    ABSENT = "absent"
    OFFERED = "offered"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """What a product says of itself."""

    name: str = ""
    description: str = ""
    category: str = ""
    needs_approval: bool = True


@dataclass(frozen=True)
class Product(State):
    """What past events make true of a product."""

    KIND: ClassVar[str] = "product"

    status: ProductStatus = ProductStatus.ABSENT
    details: ProductDetails = ProductDetails()

    def must_be_offered(self) -> None:
        """Refuse a product that nobody can ask for."""
        if self.status is ProductStatus.ABSENT:
            raise Refused("product_unknown", "there is no product with one of these ids")
        if self.status is ProductStatus.RETIRED:
            raise Refused("product_retired", "one of these products was retired")

    def add(self, details: ProductDetails) -> list[ProductEvent]:
        if self.status is ProductStatus.ABSENT:
            return [
                ProductAdded(
                    name=details.name, description=details.description, category=details.category, needs_approval=details.needs_approval
                )
            ]
        if self.status is ProductStatus.OFFERED and self.details == details:
            return []
        raise Refused("id_used", "this id belongs to an earlier product; ids are never used again")

    def change(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        category: str | None = None,
        needs_approval: bool | None = None,
    ) -> list[ProductEvent]:
        """Change what is given; requests decided earlier stay decided."""
        self.must_be_offered()
        old = self.details
        new = ProductDetails(
            name=old.name if name is None else name,
            description=old.description if description is None else description,
            category=old.category if category is None else category,
            needs_approval=old.needs_approval if needs_approval is None else needs_approval,
        )
        if new == old:
            return []
        return [ProductChanged(name=new.name, description=new.description, category=new.category, needs_approval=new.needs_approval)]

    def retire(self, reason: str) -> list[ProductEvent]:
        if self.status is ProductStatus.RETIRED:
            return []
        self.must_be_offered()
        return [ProductRetired(reason=reason)]

    def evolve(self, event: ProductEvent) -> Product:
        """History is never refused: no rule may be checked here."""
        match event:
            case ProductAdded(name=name, description=description, category=category, needs_approval=needs_approval):
                return self.but(status=ProductStatus.OFFERED, details=ProductDetails(name, description, category, needs_approval))
            case ProductChanged(name=name, description=description, category=category, needs_approval=needs_approval):
                return self.but(details=ProductDetails(name, description, category, needs_approval))
            case ProductRetired():
                return self.but(status=ProductStatus.RETIRED)
        assert_never(event)
