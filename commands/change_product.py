"""Change what a product says of itself, or whether it needs approval; what is not given stays, and so does what was decided."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Category, Description, Name
from commands.work import Work
from domain.product import Product
from domain.state import Stream


class ChangeProduct(Command):
    TARGET: ClassVar[str] = "product_id"

    product_id: UUID
    name: Name | None = None
    description: Description | None = None
    category: Category | None = None
    needs_approval: bool | None = None


def reads(command: ChangeProduct) -> list[Stream]:
    return [Product.at(command.product_id)]


def change_product(command: ChangeProduct, work: Work) -> None:
    product = work.load(Product, command.product_id)
    changed = product.state.change(
        name=command.name, description=command.description, category=command.category, needs_approval=command.needs_approval
    )
    work.record(product, changed)
