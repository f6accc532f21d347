"""Add an API product to the catalogue, for apps to subscribe to."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Category, Description, Name
from commands.work import Work
from domain.product import Product, ProductDetails
from domain.state import Stream


class AddProductToCatalogue(Command):
    """Named apart from AddProducts, which subscribes an app."""

    TARGET: ClassVar[str] = "product_id"

    product_id: UUID
    name: Name
    description: Description = ""
    category: Category = ""
    needs_approval: bool = True


def reads(command: AddProductToCatalogue) -> list[Stream]:
    return [Product.at(command.product_id)]


def add_product_to_catalogue(command: AddProductToCatalogue, work: Work) -> None:
    product = work.load(Product, command.product_id)
    details = ProductDetails(command.name, command.description, command.category, command.needs_approval)
    work.record(product, product.state.add(details))
