"""What the design says of apps."""

from __future__ import annotations

import unicodedata
from typing import Any
from uuid import UUID

from tests.commands.model_of.approvals import Approvals
from tests.commands.model_of.world import LIVING, TheApp, need


class Apps(Approvals):
    """One method for each command."""

    def _name_must_be_free(self, owner: UUID, name: str, app_id: UUID) -> None:
        def folded(text: str) -> str:
            return unicodedata.normalize("NFKC", text).casefold()

        taken = {
            folded(app.details[0]) for id_, app in self.world.apps.items() if app.owner == owner and app.status in LIVING and id_ != app_id
        }
        need(folded(name) not in taken, "name_taken")

    def CreateApp(self, c: Any) -> None:  # noqa: ANN401, N802
        details, old = [c.name, c.description, c.callback_urls], self.world.apps.get(c.app_id)
        if old is not None:
            same = (old.owner, old.details, old.attributes) == (c.owner.id, details, c.attributes)
            need(same and old.status != "deleted" and set(c.products) <= set(old.standing("pending", "approved")), "id_used")
            return
        self._name_must_be_free(c.owner.id, c.name, c.app_id)
        self.world.apps[c.app_id] = TheApp(c.owner.id, details, dict(c.attributes))
        if c.products:
            self.ask(c.app_id, c.products)
        else:
            self.approve(c.app_id)

    def EditApp(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        if c.name is not None:
            self._name_must_be_free(app.owner, c.name, c.app_id)
        new = [c.name, c.description, c.callback_urls]
        before = app.seen()
        app.details = [old if value is None else value for old, value in zip(app.details, new, strict=True)]
        changes = c.attributes or {}
        app.attributes = {name: value for name, value in {**app.attributes, **changes}.items() if value is not None}
        need(not changes or app.attributes == before[0] or len(app.attributes) <= 18, "too_many_attributes")
        self.reconsider(c.app_id, before)

    def SetAttributes(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        changes = any(app.attributes.get(name) != value for name, value in c.attributes.items())
        before = app.seen()
        app.attributes.update(c.attributes)
        need(not changes or len(app.attributes) <= 18, "too_many_attributes")
        self.reconsider(c.app_id, before)

    def RemoveAttributes(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        before = app.seen()
        app.attributes = {name: value for name, value in app.attributes.items() if name not in c.names}
        self.reconsider(c.app_id, before)

    def SuspendApp(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        need(not self.who.is_runner or self.world.developers.get(app.owner, {}).get("status") == "deactivated", "not_due")
        app.must_be("active", "suspended")
        app.status = "suspended"

    def ReinstateApp(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.apps[c.app_id].must_be("active", "suspended")
        self.world.apps[c.app_id].status = "active"

    def DeleteApp(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        if app.status != "deleted":
            self.withdraw(app)
            for key in self.world.keys.values():
                if key.app == c.app_id and not key.ended:
                    key.end("revoked")
            app.status = "deleted"
            self.world.of_deleted[app.owner] = self.world.of_deleted.get(app.owner, 0) + app.rejections
