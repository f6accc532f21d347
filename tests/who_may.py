"""Role x command x (own, other, team): who asks, for what, and what the one table says of it. Whichever way in is tested walks this."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from adapters.identity.local_issuer import developer_id
from domain.bulk_part import part_id
from domain.derived_ids import approval_id
from launchpad_client.keys import digest
from tests.commands.test_who_may import ALLOWED
from tests.who_may_notices import NOTICE_COMMANDS, NoticeScene

OWN, OTHER, TEAM = "own", "other", "team"
OWNER, STRANGER, SETTER = "olga", "nora", "grace"
"""Whose the things are, whose they are not, and the admin who prepares them."""
WHOSE: Final = {OWN: OWNER, OTHER: STRANGER}
PERSONS: Final = {"developer": None, "admin": "an admin", "auditor": "an auditor", "analyst": "an analyst"}
"""Each with the table's row of its role, which holds whoever's the thing is."""
OTHERS: Final = {"gateway:edge": "a gateway", "service:plain": "a service without roles", "system": "the system"}
DUE: Final = {"app.suspend.v1", "credential.end_overlap.v1", "credential.expire.v1", "credential.miss_rotation.v1"}
"""The system may, once it is due; here it never is."""
LATER: Final = (datetime.now(UTC) + timedelta(days=3)).isoformat()
Data = dict[str, Any]
STRANGER_AS_OWNER: Final[Data] = {"kind": "developer", "id": str(developer_id(STRANGER))}
Send = Callable[[str, Data, str, UUID], None]
"""Sends a command (name, data, by whom, id), and sees that it is accepted."""


class Asker(NamedTuple):
    """Somebody who asks, and the rows of the table that hold for him."""

    name: str
    token: str
    acts_for: UUID | None
    rows: frozenset[str]
    whose: str

    @property
    def may_act(self) -> tuple[UUID, ...]:
        return () if self.acts_for is None else (self.acts_for,)


def askers() -> Iterator[Asker]:
    """Every role, at what is its own and at what is another's."""
    for whose, person in WHOSE.items():
        owner = frozenset({"the owner"} if whose == OWN else ())
        for role, row in PERSONS.items():
            own = owner if whose == OWN else frozenset({"another developer"})
            yield Asker(f"{role} at {whose}", f"{role}:{person}", None, own | ({row} if row else frozenset()), whose)
        on_behalf = frozenset(
            {"a service on behalf of the owner"} if whose == OWN else {"an admin's service on behalf of another developer"}
        )
        yield Asker(f"service on behalf, at {whose}", "service:portal", developer_id(person), on_behalf, whose)
    for token, row in OTHERS.items():
        yield Asker(row, token, None, frozenset({row}), OTHER)


ASKERS: Final = tuple(askers())


def expected(name: str, asker: Asker) -> str | None:
    """What he is told: the code of the refusal; none where it is accepted."""
    if asker.rows.isdisjoint(ALLOWED[name]):
        return "not_allowed"
    if name in DUE and asker.token == "system":
        return "not_due"
    if name == "approval.decide.v1" and asker.whose == OWN:
        return "own_request"  # An admin's role does not reach what he asked for himself.
    return None


class Scene:
    """Makes what commands are about, with the owner's own hands and an admin's."""

    def __init__(self, send: Send) -> None:
        self._send = send
        for name in (OWNER, STRANGER, SETTER):
            self.registered(name, developer_id(name))

    def _by_owner(self, name: str, /, **data: Any) -> UUID:  # noqa: ANN401 - JSON
        command = uuid4()
        self._send(name, data, f"developer:{OWNER}", command)
        return command

    def _by_admin(self, name: str, /, **data: Any) -> None:  # noqa: ANN401 - JSON
        self._send(name, data, f"admin:{SETTER}", uuid4())

    def _by_system(self, name: str, /, **data: Any) -> None:  # noqa: ANN401 - JSON
        self._send(name, data, "system", uuid4())

    def registered(self, name: str, developer: UUID | None = None) -> str:
        """Somebody who is nobody of those who ask."""
        made = str(developer or uuid4())
        self._by_admin("developer.register.v1", developer_id=made, name=name, email=f"{name}@example.com")
        return made

    def product(self, *, guarded: bool = False) -> str:
        product = str(uuid4())
        self._by_admin("product.add.v1", product_id=product, name=f"Product {product}", needs_approval=guarded)
        return product

    def app(self, **said: Any) -> Data:  # noqa: ANN401 - JSON
        return self.asked_app(**said)[0]

    def asked_app(self, **said: Any) -> tuple[Data, UUID]:  # noqa: ANN401 - JSON
        """An app, with the id of the approval that its creation opens where it asks for something guarded."""
        data = new_app() | said
        command = self._by_owner("app.create.v1", **data)
        return {"app_id": data["app_id"]}, approval_id(command)

    def suspended(self) -> Data:
        app = self.app()
        self._by_admin("app.suspend.v1", **app, reason="x")
        return app

    def key(self, **said: Any) -> Data:  # noqa: ANN401 - JSON
        data = self.app() | new_key() | said
        self._by_owner("credential.issue.v1", **data)
        return {"app_id": data["app_id"], "credential_id": data["credential_id"]}

    def jwt(self) -> Data:
        data = self.app() | {"credential_id": str(uuid4())}
        self._by_owner("credential.issue.v1", **data, kind="jwt", expires_at=LATER)
        return data

    def rotated(self) -> Data:
        key = self.key()
        self._by_owner("credential.rotate.v1", **key, **successor())
        return key

    def demanded(self) -> Data:
        """A key whose rotation is demanded, by a deadline that has not come."""
        key = self.key()
        self._by_admin("credential.demand_rotation.v1", **key, **WHY, deadline=LATER)
        return key

    def waiting(self) -> tuple[Data, str]:
        """An approval with the product that waits in it."""
        guarded = self.product(guarded=True)
        app, approval = self.asked_app(products=[guarded])
        return app | {"approval_id": str(approval)}, guarded

    def rejected(self) -> Data:
        approval, guarded = self.waiting()
        self._by_admin("approval.decide.v1", **approval, decisions=[{"product_id": guarded, "verdict": "reject", "reason": "no"}])
        return {"app_id": approval["app_id"]}

    def offered(self) -> Data:
        """An app that is offered to the stranger."""
        app = self.app()
        self._by_owner("app.offer_transfer.v1", **app, to=STRANGER_AS_OWNER)
        return app

    def listed(self) -> Data:
        """A bulk run whose list is being made."""
        run = new_run()
        self._by_admin("bulk.prepare.v1", **run)
        return {"bulk_id": run["bulk_id"]}

    def part(self) -> Data:
        """A part of that list, with one app in it."""
        attempt, app = uuid4(), self.app()["app_id"]
        target = {"app_id": app, "id": app, "foreseen": "would_do"}
        return self.listed() | {"part_id": str(part_id(attempt, 0)), "attempt": str(attempt), "number": 0, "targets": [target]}

    def whole(self) -> Data:
        """That list, whole, once its part is frozen."""
        part = self.part()
        self._by_system("bulk.freeze_part.v1", **part)
        sums = {"parts": 1, "as_of": 1, "would_do": 1, "already_so": 0, "would_be_refused": {}}
        return {"bulk_id": part["bulk_id"], "attempt": part["attempt"]} | sums

    def prepared(self) -> Data:
        """A bulk run whose list stands."""
        whole = self.whole()
        self._by_system("bulk.freeze.v1", **whole)
        return {"bulk_id": whole["bulk_id"]}

    def reported(self) -> Data:
        """What became of the app in a part."""
        part = self.part()
        self._by_system("bulk.freeze_part.v1", **part)
        return {"part_id": part["part_id"], "bulk_id": part["bulk_id"], "first": 0, "outcomes": [{"result": "done"}]}

    def carried_out(self) -> Data:
        """A run that was started, with what became of its app."""
        run = self.prepared()
        self._by_admin("bulk.start.v1", **run)
        return run | {"done": 1, "already_so": 0, "refused": {}, "not_sent": 0}

    def decision(self) -> Data:
        approval, guarded = self.waiting()
        return approval | {"decisions": [{"product_id": guarded, "verdict": "grant"}]}

    def removal(self) -> Data:
        free = self.product()
        return self.app(products=[free]) | {"products": [free]}


def new_app() -> Data:
    return {"app_id": str(uuid4()), "owner": {"kind": "developer", "id": str(developer_id(OWNER))}, "name": f"App {uuid4()}"}


def new_run() -> Data:
    return {"bulk_id": str(uuid4()), "action": "suspend", "criteria": {"owner_id": str(developer_id(OWNER))}, **WHY}


def new_key() -> Data:
    return {"credential_id": str(uuid4()), "kind": "api_key", "secret_digest": digest(str(uuid4()))}


def successor() -> Data:
    return {"successor_id": str(uuid4()), "secret_digest": digest(str(uuid4()))}


WHY: Final = {"reason": "x"}
VERBS: dict[str, Callable[[Scene], Data]] = {
    "developer.register.v1": lambda _: {"developer_id": str(uuid4()), "name": "New", "email": "new@example.com"},
    "developer.change.v1": lambda _: {"developer_id": str(developer_id(OWNER)), "name": f"Olga {uuid4()}"},
    "developer.deactivate.v1": lambda scene: {"developer_id": scene.registered("leaver"), **WHY},
    "product.add.v1": lambda _: {"product_id": str(uuid4()), "name": f"New {uuid4()}"},
    "product.change.v1": lambda scene: {"product_id": scene.product(), "description": "new"},
    "product.retire.v1": lambda scene: {"product_id": scene.product(), **WHY},
    "policy.set.v1": lambda _: {"mode": "manual"},
    "app.create.v1": lambda _: new_app(),
    "app.edit.v1": lambda scene: scene.app() | {"description": "new"},
    "app.set_attributes.v1": lambda scene: scene.app() | {"attributes": {"a": "b"}},
    "app.remove_attributes.v1": lambda scene: scene.app(attributes={"a": "b"}) | {"names": ["a"]},
    "app.add_products.v1": lambda scene: scene.app() | {"products": [scene.product()]},
    "app.remove_products.v1": Scene.removal,
    "app.resubmit.v1": Scene.rejected,
    "app.suspend.v1": lambda scene: scene.app() | WHY,
    "app.reinstate.v1": Scene.suspended,
    "app.delete.v1": Scene.app,
    "credential.issue.v1": lambda scene: scene.app() | new_key(),
    "credential.rotate.v1": lambda scene: scene.key() | successor(),
    "credential.end_overlap.v1": Scene.rotated,
    "credential.revoke.v1": lambda scene: scene.key() | WHY,
    "credential.claim.v1": lambda scene: scene.jwt() | {"secret_digest": digest(str(uuid4()))},
    "credential.expire.v1": lambda scene: scene.key(expires_at=LATER),
    "credential.miss_rotation.v1": Scene.demanded,
    "credential.demand_rotation.v1": lambda scene: scene.key() | WHY | {"deadline": LATER},
    "app.offer_transfer.v1": lambda scene: scene.app() | {"to": STRANGER_AS_OWNER},
    "app.withdraw_transfer.v1": Scene.offered,
    "app.accept_transfer.v1": lambda scene: scene.offered() | {"to": STRANGER_AS_OWNER},
    "app.decline_transfer.v1": lambda scene: scene.offered() | {"to": STRANGER_AS_OWNER},
    "approval.assign.v1": lambda scene: scene.waiting()[0] | {"assignee": str(developer_id(SETTER))},
    "approval.comment.v1": lambda scene: scene.waiting()[0] | {"text": "x"},
    "approval.decide.v1": Scene.decision,
    "approval.reevaluate.v1": lambda scene: scene.waiting()[0],
    "approval.withdraw.v1": lambda scene: scene.waiting()[0],
    "bulk.prepare.v1": lambda _: new_run(),
    "bulk.freeze_part.v1": Scene.part,
    "bulk.freeze.v1": Scene.whole,
    "bulk.start.v1": Scene.prepared,
    "bulk.stop.v1": Scene.prepared,
    "bulk.report_part.v1": Scene.reported,
    "bulk.finish.v1": Scene.carried_out,
}
"""A command that would do something to what is the owner's, or to everybody's."""


def _about_notices(name: str) -> Callable[[Scene], Data]:
    return lambda scene: NoticeScene(scene._send, str(developer_id(OWNER))).command(name)


VERBS |= {name: _about_notices(name) for name in sorted(NOTICE_COMMANDS)}


def cases(scene: Scene, name: str) -> Iterator[tuple[Asker, Data, str | None]]:
    """Who asks, with which data, and what he is to be told. Whoever is refused changes nothing, so they all ask for the same."""
    refused = VERBS[name](scene)
    for asker in ASKERS:
        code = expected(name, asker)
        yield asker, refused if code is not None else VERBS[name](scene), code
