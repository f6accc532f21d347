"""What the design says, once more and otherwise: plain dictionaries, one method for each command; an oracle for any history.

Written from the specification, not from the code. A method says no by raising No, before or after it has changed something: `answer`
works on a copy and keeps it only if nothing was refused.
"""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from commands.command import Command

LIVING = ("pending", "active", "rejected", "suspended")
OWNERS = {
    "CreateApp", "EditApp", "AddProducts", "RemoveProducts", "SetAttributes", "RemoveAttributes", "WithdrawApproval", "ResubmitApp",
    "DeleteApp", "IssueCredential", "RotateCredential", "EndOverlap", "RevokeCredential",
}  # fmt: skip
ADMINS = OWNERS | {
    "RegisterDeveloper", "ChangeDeveloper", "DeactivateDeveloper", "SuspendApp", "ReinstateApp", "DecideApproval", "AddProductToCatalogue",
    "ChangeProduct", "RetireProduct", "SetApprovalPolicy",
}  # fmt: skip
SYSTEM = {"RegisterDeveloper", "ChangeDeveloper", "SuspendApp", "ExpireCredential", "EndOverlap"}
SELF = {"RegisterDeveloper", "ChangeDeveloper"}
ON_APPS = OWNERS | {"SuspendApp", "ReinstateApp", "DecideApproval", "ExpireCredential"}
ENDS_SOMETHING = {
    "RemoveProducts", "RemoveAttributes", "WithdrawApproval", "DeleteApp", "EndOverlap", "RevokeCredential", "SuspendApp", "ExpireCredential",
}  # fmt: skip
"""What needs no owner in good standing, when somebody else does it."""


class No(Exception):
    """A refusal; its argument is the code."""


def need(condition: object, code: str) -> None:
    if not condition:
        raise No(code)


@dataclass(frozen=True)
class Who:
    """Who sends a command, as the model sees him."""

    text: str
    person: UUID | None = None
    roles: frozenset[str] = frozenset()
    may_act: bool = True
    on_behalf: bool = False


@dataclass
class Review:
    app: UUID
    status: str = "open"
    waiting: set[UUID] = field(default_factory=set)
    askers: set[str] = field(default_factory=set)
    granted: bool = False
    decided: Any = None


@dataclass
class Key:
    """A credential."""

    app: UUID
    content: tuple[Any, ...]
    issued: datetime
    expires: datetime | None
    status: str = "pending"
    replaces: UUID | None = None
    successor: UUID | None = None
    rotation: Any = None
    retires: datetime | None = None
    counts: bool = True
    client_id: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in {"revoked", "expired"}

    def over(self, now: datetime) -> bool:
        times = [self.expires, self.retires if self.status == "retiring" else None]
        return self.ended or any(time is not None and time <= now for time in times)


@dataclass
class TheApp:
    owner: UUID
    details: list[Any]
    attributes: dict[str, str]
    status: str = "pending"
    subscriptions: dict[UUID, tuple[str, UUID | None]] = field(default_factory=dict)

    def standing(self, *statuses: str) -> list[UUID]:
        return [product for product, (status, _) in self.subscriptions.items() if status in statuses]

    def must_be(self, *statuses: str) -> None:
        need(self.status in statuses, f"app_{self.status}")


@dataclass
class World:
    now: datetime
    developers: dict[UUID, Any] = field(default_factory=dict)
    products: dict[UUID, Any] = field(default_factory=dict)
    policy: tuple[int, str] = (0, "manual")
    apps: dict[UUID, TheApp] = field(default_factory=dict)
    reviews: dict[UUID, Review] = field(default_factory=dict)
    keys: dict[UUID, Key] = field(default_factory=dict)


class Model:
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
            self._may(command)
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

    def _may(self, command: Any) -> None:  # noqa: ANN401 - any command
        what, who, world = type(command).__name__, self.who, self.world
        need(not who.on_behalf or who.may_act, "may_not_act_for")
        need(who.person is None or world.developers.get(who.person, {}).get("status") != "deactivated", "deactivated")
        owner = None
        if what in ON_APPS:
            need(what == "CreateApp" or command.app_id in world.apps, "app_unknown")
            owner = command.owner.id if what == "CreateApp" else world.apps[command.app_id].owner
        allowed = (what in OWNERS and owner is not None and owner == who.person) or (
            what in SELF and who.person is not None and command.developer_id == who.person
        )
        if not who.on_behalf:
            allowed = allowed or ("portal_admin" in who.roles and what in ADMINS) or ("system" in who.roles and what in SYSTEM)
        need(allowed, "not_allowed")
        if owner is not None and what not in ENDS_SOMETHING:
            need(owner in world.developers, "owner_unknown")
            need(world.developers[owner]["status"] == "registered", "deactivated")

    # Developers, products, policy

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

    def _offered(self, product_id: UUID) -> Any:  # noqa: ANN401
        need(product_id in self.world.products, "product_unknown")
        need(not self.world.products[product_id]["retired"], "product_retired")
        return self.world.products[product_id]

    def ChangeProduct(self, c: Any) -> None:  # noqa: ANN401, N802
        changed = {"name": c.name, "description": c.description, "category": c.category, "guarded": c.needs_approval}
        self._offered(c.product_id).update({name: value for name, value in changed.items() if value is not None})

    def RetireProduct(self, c: Any) -> None:  # noqa: ANN401, N802
        need(c.product_id in self.world.products, "product_unknown")
        self.world.products[c.product_id]["retired"] = True

    def SetApprovalPolicy(self, c: Any) -> None:  # noqa: ANN401, N802
        version, mode = self.world.policy
        if version == 0 or mode != c.mode:
            need(c.based_on in {None, version}, "policy_changed")
            self.world.policy = (version + 1, str(c.mode))

    # Apps

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
            need(same and old.status != "deleted" and set(c.products) <= old.subscriptions.keys(), "id_used")
            return
        self._name_must_be_free(c.owner.id, c.name, c.app_id)
        self.world.apps[c.app_id] = TheApp(c.owner.id, details, dict(c.attributes))
        if c.products:
            self._ask(c.app_id, c.products)
        else:
            self._approve(c.app_id)

    def EditApp(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        if c.name is not None:
            self._name_must_be_free(app.owner, c.name, c.app_id)
        new = [c.name, c.description, c.callback_urls]
        app.details = [old if value is None else value for old, value in zip(app.details, new, strict=True)]

    def SetAttributes(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        changes = any(app.attributes.get(name) != value for name, value in c.attributes.items())
        app.attributes.update(c.attributes)
        need(not changes or len(app.attributes) <= 18, "too_many_attributes")

    def RemoveAttributes(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        app.attributes = {name: value for name, value in app.attributes.items() if name not in c.names}

    def SuspendApp(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.apps[c.app_id].must_be("active", "suspended")
        self.world.apps[c.app_id].status = "suspended"

    def ReinstateApp(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.apps[c.app_id].must_be("active", "suspended")
        self.world.apps[c.app_id].status = "active"

    def DeleteApp(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        if app.status != "deleted":
            self._withdraw(app)
            for key in self.world.keys.values():
                if key.app == c.app_id and not key.ended:
                    self._end(key, "revoked")
            app.status = "deleted"

    # Products of an app, and their approval

    def _open(self, app: TheApp) -> UUID | None:
        return next((review for status, review in app.subscriptions.values() if status == "pending"), None)

    def _ask(self, app_id: UUID, products: Iterable[UUID]) -> None:
        app = self.world.apps[app_id]
        wanted = [each for each in products if each not in app.standing("pending", "approved")]
        for each in wanted:
            self._offered(each)
        need(not wanted or len(app.standing("pending", "approved")) + len(wanted) <= 50, "too_many_products")
        guarded = [each for each in wanted if self.world.products[each]["guarded"]]
        app.subscriptions.update({each: ("approved", None) for each in wanted if each not in guarded})
        if guarded:
            review_id = self._open(app) or uuid5(self.command_id, "approval")
            review = self.world.reviews.setdefault(review_id, Review(app_id))
            review.askers.add(self._me())
            by_rule = self.world.policy[1] == "auto"
            for each in guarded:
                app.subscriptions[each] = ("approved" if by_rule else "pending", review_id)
            if by_rule:
                review.granted = True
            else:
                review.waiting |= set(guarded)
            if not review.waiting:
                review.status = "granted"
        self._settle(app_id)

    def _me(self) -> str:
        return self.who.text if self.who.person is None else f"person:{self.who.person}"

    def _settle(self, app_id: UUID) -> None:
        app = self.world.apps[app_id]
        if app.status == "pending" and app.standing("approved"):
            self._approve(app_id)
        elif app.status == "pending" and not app.standing("pending"):
            app.status = "rejected"

    def _approve(self, app_id: UUID) -> None:
        self.world.apps[app_id].status = "active"
        for key in self.world.keys.values():
            if key.app == app_id and key.status == "pending" and not key.over(self.world.now):
                key.status = "active"

    def AddProducts(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.apps[c.app_id].must_be("pending", "active")
        self._ask(c.app_id, c.products)

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
        self._ask(c.app_id, products)

    def _withdraw(self, app: TheApp) -> None:
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

    def WithdrawApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review, app = self._review(c), self.world.apps[c.app_id]
        if review.status != "withdrawn":
            app.must_be("pending", "active", "suspended")
            need(review.status == "open", "already_decided")
            self._withdraw(app)
            self._settle(c.app_id)

    def DecideApproval(self, c: Any) -> None:  # noqa: ANN401, N802
        review, app = self._review(c), self.world.apps[c.app_id]
        need(app.owner != self.who.person, "own_request")
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
        self._settle(c.app_id)

    # Credentials

    def _key(self, c: Any) -> Key:  # noqa: ANN401
        key = self.world.keys.get(c.credential_id)
        need(key is not None and key.app == c.app_id, "credential_unknown")
        assert key is not None
        return key

    def _end(self, key: Key, status: str) -> None:
        key.status, key.counts = status, False

    def IssueCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        app, old, now = self.world.apps[c.app_id], self.world.keys.get(c.credential_id), self.world.now
        app.must_be("pending", "active")
        content = (c.app_id, c.kind, c.secret_digest, c.expires_at)
        if old is not None:
            need(old.content == content and old.status in {"pending", "active"} and not old.over(now), "id_used")
            return
        need(c.expires_at is None or c.expires_at > now, "expiry_past")
        need(sum(key.app == c.app_id and key.counts for key in self.world.keys.values()) < 10, "too_many_credentials")
        client_id = f"client-{c.credential_id}" if c.kind == "oauth_client" else None
        self.world.keys[c.credential_id] = Key(c.app_id, content, now, c.expires_at, client_id=client_id)
        if app.status == "active":
            self.world.keys[c.credential_id].status = "active"

    def RotateCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        now = self.world.now
        self.world.apps[c.app_id].must_be("active")
        old, new = self._key(c), self.world.keys.get(c.successor_id)
        kind = old.content[1]
        lifetime = None if old.expires is None else old.expires - old.issued
        if old.successor == c.successor_id:
            assert new is not None
            expires = c.expires_at or (None if lifetime is None else new.issued + lifetime)
            retires = min(time for time in (new.issued + c.overlap, old.expires) if time is not None)
            same = (c.secret_digest, expires, retires) == old.rotation
            need(same and new.status == "active" and not new.over(now), "id_used")
            return
        need((c.secret_digest is None) == (kind == "jwt"), "secret_digest_mismatch")
        before = None if old.replaces is None else self.world.keys[old.replaces]
        need(before is None or before.status != "retiring" or before.over(now), "overlap_open")
        need(not old.over(now), "is_over")
        need(old.status == "active", "not_active")
        need(new is None, "id_used")
        need(c.expires_at is None or c.expires_at > now, "expiry_past")
        expires = c.expires_at or (None if lifetime is None else now + lifetime)
        retires = min(time for time in (now + c.overlap, old.expires) if time is not None)
        content = (c.app_id, kind, c.secret_digest, "a successor")
        self.world.keys[c.successor_id] = Key(c.app_id, content, now, expires, "active", c.credential_id, client_id=old.client_id)
        old.status, old.successor, old.counts, old.retires = "retiring", c.successor_id, False, retires
        old.rotation = (c.secret_digest, expires, retires)
        if c.overlap == timedelta(0):
            self._end(old, "revoked")

    def EndOverlap(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if not key.ended:
            need(key.status == "retiring", "not_retiring")
            is_runner = "system" in self.who.roles and not self.who.on_behalf
            need(not is_runner or (key.retires is not None and key.retires <= self.world.now), "not_due")
            self._end(key, "revoked")

    def RevokeCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if not key.ended:
            self._end(key, "revoked")

    def ExpireCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        key = self._key(c)
        if not key.ended:
            need(key.expires is not None and key.expires <= self.world.now, "not_due")
            self._end(key, "expired")
