"""The mix: five commands over the life of each fresh app, as they come in when many developers work at once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import orjson

from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.intake import Request
from adapters.settings import Settings
from domain.derived_ids import approval_id

STEPS: Final = ("app.create.v1", "app.add_products.v1", "approval.decide.v1", "credential.issue.v1", "credential.rotate.v1")
COHORT: Final = 20
"""Apps that are at the same step: a hundred commands hold each of the five steps twenty times."""
PRODUCT: Final = UUID("7d0b6f0c-6a43-4c0e-9a57-0f9f6c1f5b01")
"""The one that needs approval."""
DESCRIPTION: Final = "Shows the next departures around the corner, and remembers which of them were late."
CALLBACK: Final = "https://app.example.com/oauth/callback"


class Person(NamedTuple):
    """Somebody who sends commands."""

    id: UUID
    authorization: str


class People(NamedTuple):
    """Who takes part; each has a token of the local issuer."""

    owners: Sequence[Person]
    admin: Person


def people(settings: Settings, owners: int) -> People:
    """Make a token for each owner and for an admin."""
    issuer = LocalIssuer(settings.home, settings.audience)

    def person(name: str, role: str) -> Person:
        return Person(developer_id(name), f"Bearer {issuer.issue(f'{role}:{name}')}")

    return People([person(f"owner-{number}", "developer") for number in range(owners)], person("reviewer", "admin"))


def request(name: str, sender: Person, data: Mapping[str, Any], command_id: UUID | None = None) -> Request:
    """One command, as it comes in."""
    return Request(command_id or uuid4(), name, orjson.dumps(data), sender.authorization)


def setting(who: People, apps_of_each: int) -> Iterator[Request]:
    """All that is there before anything is measured: a product, the owners, and the apps that they hold already."""
    product = {"product_id": PRODUCT, "name": "Departures", "category": "mobility", "needs_approval": True}
    yield request("product.add.v1", who.admin, product)
    for number, owner in enumerate(who.owners):
        details = {"name": f"Owner {number}", "email": f"owner-{number}@example.com"}
        yield request("developer.register.v1", owner, {"developer_id": owner.id, **details})
    for number in range(apps_of_each):
        for owner in who.owners:
            yield request("app.create.v1", owner, app(uuid4(), owner, f"Held {number}"))


class Mix:
    """An endless sequence of commands over fresh apps; the same seed gives the same."""

    def __init__(self, who: People, seed: int) -> None:
        self._who = who
        self._random = random.Random(seed)
        self._seed = seed
        self._apps = 0

    def commands(self) -> Iterator[Request]:
        """Begin a cohort of apps and bring each earlier one that is not done a step further; then again."""
        under_way: list[list[Iterator[Request]]] = []
        while True:
            under_way.insert(0, [self._life() for _ in range(COHORT)])
            for cohort in under_way:
                for life in cohort:
                    yield next(life)
            del under_way[len(STEPS) - 1 :]

    def _life(self) -> Iterator[Request]:
        """One app's five commands, in their order."""
        self._apps += 1
        owner = self._random.choice(self._who.owners)
        app_id, credential, successor = self._id(), self._id(), self._id()
        create, add, decide, issue, rotate = STEPS
        yield request(create, owner, app(app_id, owner, f"Fresh {self._seed}-{self._apps}"), self._id())
        asked = self._id()
        yield request(add, owner, {"app_id": app_id, "products": [PRODUCT]}, asked)
        verdict = [{"product_id": PRODUCT, "verdict": "grant"}]
        yield request(decide, self._who.admin, {"app_id": app_id, "approval_id": approval_id(asked), "decisions": verdict}, self._id())
        issued = {"app_id": app_id, "credential_id": credential, "kind": "api_key", "secret_digest": self._digest()}
        yield request(issue, owner, issued, self._id())
        rotated = {"app_id": app_id, "credential_id": credential, "successor_id": successor, "secret_digest": self._digest()}
        yield request(rotate, owner, rotated, self._id())

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _digest(self) -> str:
        return f"{self._random.getrandbits(256):064x}"


def app(app_id: UUID, owner: Person, name: str) -> dict[str, Any]:
    """What app.create.v1 says, without products."""
    return {
        "app_id": app_id,
        "owner": {"kind": "developer", "id": owner.id},
        "name": name,
        "description": DESCRIPTION,
        "callback_urls": [CALLBACK],
    }
