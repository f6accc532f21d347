"""People, products and the policy: what histories do with them."""

from __future__ import annotations

from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.deactivate_developer import DeactivateDeveloper
from commands.retire_product import RetireProduct
from commands.set_approval_policy import SetApprovalPolicy
from domain.approval_policy import PolicyMode
from tests.commands.history.choosing import (
    DEVELOPERS,
    PRODUCTS,
    SOMEONE,
    Pick,
    one_in,
    step,
)
from tests.commands.history.sending import Sending
from tests.examples import an_id, product, register


class PeopleAndProducts(Sending):
    """Steps."""

    @step
    def register(self, pick: Pick) -> None:
        self.send(register(pick([*DEVELOPERS, an_id("nobody")])), pick(SOMEONE))

    @step
    def change_developer(self, pick: Pick) -> None:
        self.send(ChangeDeveloper(developer_id=pick(DEVELOPERS), name=pick([None, "Olga", "Otto"])), pick(SOMEONE))

    @step
    def deactivate(self, pick: Pick) -> None:
        if one_in(8, pick):  # Seldom: it ends most of what could be tried.
            self.send(DeactivateDeveloper(developer_id=pick(DEVELOPERS), reason="left"), pick(SOMEONE))

    @step
    def add_product(self, pick: Pick) -> None:
        self.send(product(pick(PRODUCTS), needs_approval=pick([True, False])), pick(SOMEONE))

    @step
    def change_product(self, pick: Pick) -> None:
        self.send(ChangeProduct(product_id=pick(PRODUCTS), description="new", needs_approval=pick([None, False, True])), pick(SOMEONE))

    @step
    def retire_product(self, pick: Pick) -> None:
        if one_in(8, pick):
            self.send(RetireProduct(product_id=pick(PRODUCTS), reason="old"))

    @step
    def set_policy(self, pick: Pick) -> None:
        mode = pick([PolicyMode.MANUAL, PolicyMode.MANUAL, PolicyMode.AUTO])
        self.send(SetApprovalPolicy(mode=mode, based_on=pick([None, None, 0, 1, 2])), pick(SOMEONE))
