"""People, products and the policy: what histories do with them."""

from __future__ import annotations

import json

from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.deactivate_developer import DeactivateDeveloper
from commands.retire_product import RetireProduct
from commands.set_approval_policy import SetApprovalPolicy
from domain.approval_policy import PolicyMode
from tests.commands.history.choosing import (
    DEVELOPERS,
    GUARDED,
    PRODUCTS,
    SOMEONE,
    Pick,
    one_in,
    some,
    step,
)
from tests.commands.history.sending import Sending
from tests.examples import an_id, product, register

RULES = [
    json.dumps(each)
    for each in (
        {"name": "a is x", "when": {"attributes": {"a": "x"}}, "then": "approve"},
        {"name": "a, for good", "when": {"attributes": {"a": {"present": True}}}, "then": "approve", "when_changed": "stay_open"},
        {"name": "a is y", "when": {"attributes": {"a": "y"}}, "then": "reject", "reason": "no"},
        {"name": "b is x", "when": {"attributes": {"b": "x"}}, "then": "review"},
        {"name": "b is y", "when": {"attributes": {"b": ["y", "z"]}}, "then": "reject", "reason": "no"},
        {"name": "no c", "when": {"attributes": {"c": {"present": False}}, "owner_kind": "developer"}, "then": "review"},
        {"name": "ours", "when": {"callback_hosts": {"all": ["*.example.com"]}}, "then": "approve"},
        {"name": "theirs", "when": {"callback_hosts": {"any": ["b.example.net"]}}, "then": "review", "when_changed": "stay_open"},
        {"name": "first", "when": {"products": [str(GUARDED[0]), str(PRODUCTS[-1])]}, "then": "approve", "when_changed": "stay_open"},
        {"name": "again", "when": {"earlier_rejections": {"at_least": 2}}, "then": "reject", "reason": "no"},
        {"name": "new", "when": {"categories": ["new"], "earlier_rejections": {"at_most": 1}}, "then": "approve"},
        {"name": "all", "then": "approve"},
    )
]


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
        self.send(
            ChangeProduct(product_id=pick(PRODUCTS), category=pick(["new", "old"]), needs_approval=pick([None, False, True, True])),
            pick(SOMEONE),
        )

    @step
    def retire_product(self, pick: Pick) -> None:
        if one_in(8, pick):
            self.send(RetireProduct(product_id=pick(PRODUCTS), reason="old"))

    @step
    def set_policy(self, pick: Pick) -> None:
        mode = pick([PolicyMode.MANUAL, PolicyMode.AUTO, *[PolicyMode.CONDITIONAL] * 4])
        rules = some(pick, RULES, 5) if mode is PolicyMode.CONDITIONAL else ()
        written = json.dumps({"mode": mode, "rules": [json.loads(each) for each in rules]})
        command = SetApprovalPolicy.model_validate_json(written)
        self.send(command.model_copy(update={"based_on": pick([None, None, None, 0, 1, 2])}), pick(SOMEONE))
