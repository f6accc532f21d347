"""What the design says, once more and otherwise: plain dictionaries, one method for each command; an oracle for any history.

Written from the specification, not from the code. A method says no by raising No, before or after it has changed something: `answer`
works on a copy and keeps it only if nothing was refused.
"""

from __future__ import annotations

import copy
from datetime import datetime
from uuid import UUID

from commands.command import Command
from tests.commands.model_of.teams import Teams
from tests.commands.model_of.who_may import WhoMay
from tests.commands.model_of.world import No, Who, World


class Model(WhoMay, Teams):
    """Answers commands as the design wants them answered."""

    def __init__(self, now: datetime) -> None:
        self.world = World(now)
        self.who: Who
        self.command_id: UUID

    def answer(self, command: Command, who: Who, command_id: UUID) -> str | None:
        """Return the code of the refusal, or none where the command is accepted."""
        before = copy.deepcopy(self.world)
        self.who, self.command_id = who, command_id
        try:
            self.may(command)
            getattr(self, type(command).__name__)(command)
        except No as no:
            self.world = before
            return str(no)
        return None

    def may_call(self, key_id: UUID, product_id: UUID) -> bool:
        """Whether the credential opens the product now."""
        key, product = self.world.keys.get(key_id), self.world.products.get(product_id)
        if key is None or product is None or key.status not in {"active", "retiring"} or key.over(self.world.now):
            return False
        app = self.world.apps[key.app]
        return app.status == "active" and product_id in app.standing("approved") and not product["retired"]
