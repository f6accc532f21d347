"""Retire a product, for good: no credential opens it any more, and no app can ask for it."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.fields import Reason
from commands.work import Work
from domain.product import Product
from domain.state import Stream


class RetireProduct(Command):
    TARGET: ClassVar[str] = "product_id"

    product_id: UUID
    reason: Reason


def reads(command: RetireProduct) -> list[Stream]:
    return [Product.at(command.product_id)]


def retire_product(command: RetireProduct, work: Work) -> None:
    product = work.load(Product, command.product_id)
    work.record(product, product.state.retire(command.reason))
