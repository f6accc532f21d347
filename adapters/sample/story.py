"""How sample data are told: each line of the story is one command, sent by one of its people, with ids that are always the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from adapters.identity.local_issuer import developer_id
from commands.principal import PERSONS
from domain.derived_ids import approval_id

SAMPLE: Final = uuid5(PERSONS, "sample data")
"""The namespace of all ids of the story: telling it again repeats the same commands."""
ADMIN: Final = "admin:grace"

DigestOf = Callable[[str, UUID], str]
"""The digest of the text of a sample credential of that kind and id."""


class SampleCommand(NamedTuple):
    """One command, and for whom a local token is made to send it."""

    sender: str
    id: UUID
    type: str
    data: Mapping[str, Any]


class Story:
    """Collects commands in the order in which they happen. `at` is when it is told: expiries are measured from it."""

    def __init__(self, at: datetime, digest_of: DigestOf) -> None:
        self.at = at
        self.digest_of = digest_of
        self.commands: list[SampleCommand] = []
        self._told: dict[str, int] = {}

    def say(self, sender: str, type: str, about: object, **data: Any) -> UUID:  # noqa: A002, ANN401 - `type` as in the message; JSON
        """Add one command; its id follows from what it says about whom, and how often."""
        line = f"{type} {about}"
        self._told[line] = self._told.get(line, 0) + 1
        command_id = uuid5(SAMPLE, f"{line} {self._told[line]}")
        self.commands.append(SampleCommand(sender, command_id, type, data))
        return command_id

    def person(self, name: str, full_name: str) -> Person:
        """Register a developer."""
        person = Person(self, name)
        self.say(person.sender, "developer.register.v1", name, developer_id=str(person.id), name=full_name, email=f"{name}@example.com")
        return person

    def product(self, name: str, category: str, description: str, *, needs_approval: bool = False) -> str:
        """Add a product to the catalogue."""
        product = str(uuid5(SAMPLE, f"product {name}"))
        details = {"name": name, "category": category, "description": description, "needs_approval": needs_approval}
        self.say(ADMIN, "product.add.v1", name, product_id=product, **details)
        return product


class Owner:
    """Who has apps; `sender` speaks for him, or for it."""

    def __init__(self, story: Story, kind: str, id: UUID, sender: str) -> None:  # noqa: A002 - as in the message
        self.story = story
        self.kind = kind
        self.id = id
        self.sender = sender

    def app(self, name: str, description: str, products: Sequence[str] = (), **details: Any) -> SampleApp:  # noqa: ANN401 - JSON
        """Create an app that asks for these products."""
        return SampleApp(self, name, {"name": name, "description": description, "products": list(products), **details})


class Person(Owner):
    """A developer of the story."""

    def __init__(self, story: Story, name: str) -> None:
        super().__init__(story, "developer", developer_id(name), f"developer:{name}")

    def team(self, name: str, *members: Person) -> Owner:
        """Found a team that these others join."""
        team = Owner(self.story, "team", uuid5(SAMPLE, f"team {name}"), self.sender)
        self.story.say(self.sender, "team.create.v1", name, team_id=str(team.id), name=name, admin=str(self.id))
        for each in members:
            about = {"team_id": str(team.id), "developer_id": str(each.id)}
            self.story.say(self.sender, "team.invite.v1", name, **about)
            self.story.say(each.sender, "team.join.v1", name, **about)
        return team


class SampleApp:
    """An app of the story; each method is one command about it."""

    def __init__(self, owner: Owner, name: str, details: Mapping[str, Any]) -> None:
        self._story = owner.story
        self._owner = owner.sender
        self.name = name
        self.id = str(uuid5(SAMPLE, f"app {name}"))
        self._kinds: dict[str, str] = {}
        self._review = self._say(self._owner, "app.create.v1", owner={"kind": owner.kind, "id": str(owner.id)}, **details)

    def asks_for(self, *products: str) -> None:
        """Ask for more products: opens a review where they need one."""
        self._review = self._say(self._owner, "app.add_products.v1", products=list(products))

    def resubmits(self) -> None:
        """Ask again for all that was rejected."""
        self._review = self._say(self._owner, "app.resubmit.v1")

    def sets(self, **attributes: str) -> None:
        """Set custom attributes."""
        self._say(self._owner, "app.set_attributes.v1", attributes=attributes)

    def is_granted(self, *products: str, rejecting: Mapping[str, str] | None = None) -> None:
        """Have the open review decided; `rejecting` maps products to the reason why not."""
        decisions = [{"product_id": product, "verdict": "grant"} for product in products]
        decisions += [{"product_id": product, "verdict": "reject", "reason": reason} for product, reason in (rejecting or {}).items()]
        self._say(ADMIN, "approval.decide.v1", approval_id=str(approval_id(self._review)), decisions=decisions)

    def is_looked_after(self, admin: str, note: str) -> None:
        """Have the open review assigned to an admin, who writes a note."""
        review = str(approval_id(self._review))
        self._say(ADMIN, "approval.assign.v1", approval_id=review, assignee=str(developer_id(admin)))
        self._say(ADMIN, "approval.comment.v1", approval_id=review, text=note)

    def is_suspended(self, reason: str) -> None:
        """Have it suspended."""
        self._say(ADMIN, "app.suspend.v1", reason=reason)

    def is_reinstated(self) -> None:
        """Have it reinstated."""
        self._say(ADMIN, "app.reinstate.v1")

    def is_deleted(self, reason: str) -> None:
        """Delete it."""
        self._say(self._owner, "app.delete.v1", reason=reason)

    def issues(self, kind: str = "api_key", expires_at: datetime | None = None) -> str:
        """Issue a credential."""
        credential = self._next_credential(kind)
        expiry = {} if expires_at is None else {"expires_at": expires_at.isoformat()}
        self._say(self._owner, "credential.issue.v1", credential_id=credential, kind=kind, **self._digest(credential), **expiry)
        return credential

    def rotates(self, credential: str, overlap: str) -> str:
        """Rotate a credential."""
        successor = self._next_credential(self._kinds[credential])
        rotation = {"credential_id": credential, "successor_id": successor, "overlap": overlap}
        self._say(self._owner, "credential.rotate.v1", **rotation, **self._digest(successor))
        return successor

    def ends_overlap_of(self, credential: str) -> None:
        """End the overlap of a credential that retires."""
        self._say(self._owner, "credential.end_overlap.v1", credential_id=credential)

    def revokes(self, credential: str, reason: str) -> None:
        """Revoke a credential."""
        self._say(self._owner, "credential.revoke.v1", credential_id=credential, reason=reason)

    def _next_credential(self, kind: str) -> str:
        credential = str(uuid5(SAMPLE, f"credential {len(self._kinds) + 1} of {self.name}"))
        self._kinds[credential] = kind
        return credential

    def _digest(self, credential: str) -> dict[str, str]:
        kind = self._kinds[credential]
        return {} if kind == "jwt" else {"secret_digest": self._story.digest_of(kind, UUID(credential))}

    def _say(self, sender: str, type: str, **data: Any) -> UUID:  # noqa: A002, ANN401 - as Story.say
        return self._story.say(sender, type, self.name, app_id=self.id, **data)
