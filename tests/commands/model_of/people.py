"""What the design says of developers, products and the policy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.commands.model_of.world import Part, need


class People(Part):
    """One method for each command."""

    def RegisterDeveloper(self, c: Any) -> None:  # noqa: ANN401, N802 - a command's name
        known = self.world.developers.get(c.developer_id)
        if known is None:
            self.world.developers[c.developer_id] = {"status": "registered", "name": c.name, "email": c.email}
            return
        need(known["status"] == "registered", "deactivated")
        need((known["name"], known["email"]) == (c.name, c.email), "id_used")

    def ChangeDeveloper(self, c: Any) -> None:  # noqa: ANN401, N802
        known = self.world.developers.get(c.developer_id)
        need(known is not None, "developer_unknown")
        assert known is not None
        need(known["status"] == "registered", "deactivated")
        known.update({name: value for name, value in {"name": c.name, "email": c.email}.items() if value is not None})

    def DeactivateDeveloper(self, c: Any) -> None:  # noqa: ANN401, N802
        need(c.developer_id in self.world.developers, "developer_unknown")
        self.world.developers[c.developer_id]["status"] = "deactivated"

    def AddProductToCatalogue(self, c: Any) -> None:  # noqa: ANN401, N802
        new = {"name": c.name, "description": c.description, "category": c.category, "guarded": c.needs_approval, "retired": False}
        need(self.world.products.setdefault(c.product_id, new) == new, "id_used")

    def offered(self, product_id: UUID) -> Any:  # noqa: ANN401
        need(product_id in self.world.products, "product_unknown")
        need(not self.world.products[product_id]["retired"], "product_retired")
        return self.world.products[product_id]

    def ChangeProduct(self, c: Any) -> None:  # noqa: ANN401, N802
        changed = {"name": c.name, "description": c.description, "category": c.category, "guarded": c.needs_approval}
        self.offered(c.product_id).update({name: value for name, value in changed.items() if value is not None})

    def RetireProduct(self, c: Any) -> None:  # noqa: ANN401, N802
        need(c.product_id in self.world.products, "product_unknown")
        self.world.products[c.product_id]["retired"] = True

    def SetApprovalPolicy(self, c: Any) -> None:  # noqa: ANN401, N802
        version, mode, rules = self.world.policy
        new = [rule.model_dump(mode="json", exclude_unset=True) for rule in c.rules]
        if version == 0 or (mode, rules) != (c.mode, new):
            need(c.based_on in {None, version}, "policy_changed")
            self.world.policy = (version + 1, str(c.mode), new)
