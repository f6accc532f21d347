"""What the design says of asking for products, and of approvals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from tests.commands.model_of.people import People
from tests.commands.model_of.rules import decided, keeps_open
from tests.commands.model_of.world import LIVING, Asked, Review, TheApp, need


class Approvals(People):
    """One method for each command."""

    def _open(self, app: TheApp) -> UUID | None:
        return next((review for status, review in app.subscriptions.values() if status == "pending"), None)

    def ask(self, app_id: UUID, products: Iterable[UUID]) -> None:
        app = self.world.apps[app_id]
        wanted = [each for each in products if each not in app.standing("pending", "approved")]
        for each in wanted:
            self.offered(each)
        need(not wanted or len(app.standing("pending", "approved")) + len(wanted) <= 50, "too_many_products")
        guarded = [each for each in wanted if self.world.products[each]["guarded"]]
        app.subscriptions.update({each: ("approved", None) for each in wanted if each not in guarded})
        if guarded:
            review_id = self._open(app) or uuid5(self.command_id, "approval")
            self.world.reviews.setdefault(review_id, Review(app_id)).askers.add(self._me())
            for asked in [self.asked(app, each) for each in guarded]:
                self._answer(app, review_id, asked, decided(self.world.policy, asked))
            self._close(review_id)
        self._settle(app_id)

    def asked(self, app: TheApp, product: UUID, seen: Any = None) -> Asked:  # noqa: ANN401
        attributes, hosts, owner = seen or app.seen()
        details = self.world.products[product]
        rejections = app.rejections + self.world.of_deleted.get(owner, 0)
        kind = "team" if owner in self.world.teams else "developer"
        return Asked(product, details["category"], details["guarded"], attributes, hosts, rejections, kind)

    def _answer(self, app: TheApp, review_id: UUID, asked: Asked, said: tuple[str, str]) -> None:
        """Let an answer of the policy happen."""
        review, product = self.world.reviews[review_id], asked.product
        app.answered[product], app.last[product] = said, (self.world.policy, asked)
        app.subscriptions[product] = ({"approve": "approved", "review": "pending", "reject": "rejected"}[said[0]], review_id)
        review.waiting.discard(product)
        if said[0] == "review":
            review.waiting.add(product)
        review.granted |= said[0] == "approve"
        app.rejections += said[0] == "reject"

    def _close(self, review_id: UUID) -> None:
        review = self.world.reviews[review_id]
        if not review.waiting:
            review.status = "granted" if review.granted else "rejected"

    def reconsider(self, app_id: UUID, before: Any) -> None:  # noqa: ANN401
        """What went through an approval is held to what the policy says of the app as it is now."""
        app, policy = self.world.apps[app_id], self.world.policy
        under = [each for each, (status, review) in app.subscriptions.items() if review and status in {"pending", "approved"}]
        if app.seen() == before:
            return
        anew = []
        for each in under:
            asked = self.asked(app, each)
            said, earlier = decided(policy, asked), decided(policy, self.asked(app, each, before))
            app.last[each] = (policy, asked)
            if app.subscriptions[each][0] == "approved":
                answer_then, rule_then = app.answered[each]
                if said[0] == "approve":
                    app.answered[each] = said
                    continue
                if answer_then == "review" and earlier == said:
                    continue
                if said[0] == "review" and keeps_open(policy, rule_then):
                    continue
            anew.append((asked, said))
        if anew:
            review_id = self._open(app) or uuid5(self.command_id, "approval")
            self.world.reviews.setdefault(review_id, Review(app_id)).askers.add(self._me())
            for asked, said in anew:
                self._answer(app, review_id, asked, said)
            self._close(review_id)
            self._settle(app_id)

    def ReevaluateApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review, app = self._review(c), self.world.apps[c.app_id]
        app.must_be("pending", "active", "suspended")
        need(review.status == "open", "already_decided")
        for asked in [self.asked(app, each) for each in app.standing("pending")]:
            self._answer(app, c.approval_id, asked, decided(self.world.policy, asked))
        self._close(c.approval_id)
        self._settle(c.app_id)

    def _me(self) -> str:
        return self.who.text if self.who.person is None else f"person:{self.who.person}"

    def _settle(self, app_id: UUID) -> None:
        app = self.world.apps[app_id]
        if app.status == "pending" and app.standing("approved"):
            self.approve(app_id)
        elif app.status == "pending" and not app.standing("pending"):
            app.status = "rejected"

    def approve(self, app_id: UUID) -> None:
        self.world.apps[app_id].status = "active"
        for key in self.world.keys.values():
            if key.app == app_id and key.status == "pending" and not key.over(self.world.now):
                key.status = "active"

    def AddProducts(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.apps[c.app_id].must_be("pending", "active")
        self.ask(c.app_id, c.products)

    def RemoveProducts(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        need(set(c.products) <= app.subscriptions.keys(), "product_not_subscribed")
        review = self.world.reviews.get(self._open(app) or UUID(int=0))
        app.subscriptions.update({each: ("removed", app.subscriptions[each][1]) for each in c.products})
        if review is not None:
            review.waiting -= set(c.products)
            if not review.waiting:
                review.status = "withdrawn"
        self._settle(c.app_id)

    def ResubmitApp(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be("rejected")
        products = c.products or app.standing("rejected")
        need(products, "no_products")
        app.status = "pending"
        self.ask(c.app_id, products)

    def withdraw(self, app: TheApp) -> None:
        review = self._open(app)
        if review is not None:
            self.world.reviews[review].status = "withdrawn"
            self.world.reviews[review].waiting = set()
            app.subscriptions.update(dict.fromkeys(app.standing("pending"), ("removed", review)))

    def _review(self, c: Any) -> Review:  # noqa: ANN401
        review = self.world.reviews.get(c.approval_id)
        need(review is not None and review.app == c.app_id, "approval_unknown")
        assert review is not None
        return review

    def AssignApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review = self._review(c)
        if review.assignee != c.assignee:
            need(review.status == "open", "already_decided")
            review.assignee = c.assignee

    def CommentApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review, note = self._review(c), (self._me(), c.text)
        if review.notes[-1:] != [note]:
            review.notes.append(note)

    def WithdrawApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review, app = self._review(c), self.world.apps[c.app_id]
        if review.status != "withdrawn":
            app.must_be("pending", "active", "suspended")
            need(review.status == "open", "already_decided")
            self.withdraw(app)
            self._settle(c.app_id)

    def DecideApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review, app = self._review(c), self.world.apps[c.app_id]
        team = self.world.teams.get(app.owner)
        need(self.who.person not in ({app.owner} if team is None else team.members), "own_request")
        verdicts = {each.product_id: (str(each.verdict), each.reason) for each in c.decisions}
        decision = (self._me(), verdicts, c.comment)
        if review.decided is not None:
            need(review.decided == decision, "already_decided")
            return
        app.must_be("pending", "active", "suspended")
        need(review.status == "open", "already_decided")
        need(self._me() not in review.askers, "own_request")
        need(verdicts.keys() == review.waiting, "products_changed")
        granted = {product for product, (verdict, _) in verdicts.items() if verdict == "grant"}
        review.decided, review.waiting = decision, set()
        review.status = "granted" if granted or review.granted else "rejected"
        app.subscriptions.update({each: ("approved" if each in granted else "rejected", c.approval_id) for each in verdicts})
        app.rejections += len(verdicts) - len(granted)
        self._settle(c.app_id)
