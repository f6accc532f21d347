"""Approvals: what histories do with them."""

from __future__ import annotations

from uuid import UUID

from commands.decide_approval import DecideApproval, Decision
from commands.principal import Role, person
from commands.reevaluate_approval import ReevaluateApproval
from commands.withdraw_approval import WithdrawApproval
from domain.approval import Verdict
from tests.commands.history.choosing import (
    APPS,
    GUARDED,
    SOMEONE,
    Pick,
    one_in,
    step,
)
from tests.commands.history.sending import Sending
from tests.commands.model_of.world import Review
from tests.examples import an_id
from tests.given import OLGA


class Approvals(Sending):
    """Steps."""

    def _a_review(self, pick: Pick) -> tuple[UUID, UUID, Review]:
        """Mostly an open one, under its own app."""
        reviews = self.model.world.reviews
        ids = sorted(reviews)
        id_ = pick([*[each for each in ids if reviews[each].status == "open"] * 3, *ids])
        return (pick(APPS) if one_in(8, pick) else reviews[id_].app), id_, reviews[id_]

    @step
    def decide(self, pick: Pick) -> None:
        app_id, id_, review = self._a_review(pick)
        named = sorted(review.waiting or GUARDED[:1])
        if review.decided and one_in(2, pick):  # The same again, perhaps by another.
            _, verdicts, comment = review.decided
            decisions = [Decision(product_id=each, verdict=Verdict(verdict), reason=why) for each, (verdict, why) in verdicts.items()]
        else:
            comment = pick([None, "fine"])
            named = [*named, an_id("extra")] if one_in(8, pick) else named
            grant = [pick([True, False]) for _ in named]
            decisions = [
                Decision(product_id=each, verdict=Verdict.GRANT if yes else Verdict.REJECT, reason=None if yes else "no")
                for each, yes in zip(named, grant, strict=True)
            ]
        who = pick([*SOMEONE, *[(person(OLGA, frozenset({Role.PORTAL_ADMIN})), None)] * 3])
        self.send(DecideApproval(app_id=app_id, approval_id=id_, decisions=tuple(decisions), comment=comment), who)

    @step
    def reevaluate(self, pick: Pick) -> None:
        app_id, id_, _ = self._a_review(pick)
        self.send(ReevaluateApproval(app_id=app_id, approval_id=id_), pick(SOMEONE))

    @step
    def withdraw(self, pick: Pick) -> None:
        if one_in(2, pick):
            app_id, id_, _ = self._a_review(pick)
            self.send(WithdrawApproval(app_id=app_id, approval_id=id_), pick(SOMEONE))
