"""The same walk over what is a team's: everybody in and around a team, at every command, as the one table of teams says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

from adapters.identity.local_issuer import developer_id
from launchpad_client.keys import digest
from tests.commands.test_who_may_in_teams import ALLOWED
from tests.who_may import LATER, OTHER, OWNER, TEAM, VERBS, Asker, Data, Scene, Send, new_app

OWN_TEAM_S_ADMIN, MEMBER, INVITED, GONE, FOREIGN_ADMIN, NOBODY = "ada", "mia", "inga", "fred", "ulf", "nora"
PEOPLE: Final = {
    "a team admin": f"developer:{OWN_TEAM_S_ADMIN}",
    "a member": f"developer:{MEMBER}",
    "one who is invited": f"developer:{INVITED}",
    "one who has left": f"developer:{GONE}",
    "the admin of another team": f"developer:{FOREIGN_ADMIN}",
    "another developer": f"developer:{NOBODY}",
    "an admin": "admin:grace",
    "an auditor": "auditor:otto",
    "an analyst": "analyst:anna",
    "a gateway": "gateway:edge",
    "the system": "system",
}
ON_BEHALF: Final = {"a service on behalf of a team admin": OWN_TEAM_S_ADMIN, "a service on behalf of a member": MEMBER}
DUE: Final = {"app.suspend.v1", "credential.end_overlap.v1", "credential.expire.v1", "credential.miss_rotation.v1"}


def askers() -> Iterator[Asker]:
    """Everybody in and around the team."""
    for row, token in PEOPLE.items():
        yield Asker(row, token, None, frozenset({row}), TEAM if row in {"a team admin", "a member"} else OTHER)
    for row, name in ON_BEHALF.items():
        yield Asker(row, "service:portal", developer_id(name), frozenset({row}), TEAM)


ASKERS: Final = tuple(askers())


def expected(name: str, asker: Asker) -> str | None:
    """What he is told: the code of the refusal; none where it is accepted."""
    if asker.rows.isdisjoint(ALLOWED[name]):
        return "not_allowed"
    return "not_due" if name in DUE and asker.token == "system" else None


class TeamScene(Scene):
    """Makes the same for a team: Olga's, with an admin beside her, a member, one who is invited, and one who has left."""

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        for name in (OWN_TEAM_S_ADMIN, MEMBER, INVITED, GONE, FOREIGN_ADMIN):
            self.registered(name, developer_id(name))
        self.team = self.new_team()
        other = {"team_id": str(uuid4()), "name": "Hall", "admin": str(developer_id(FOREIGN_ADMIN))}
        send("team.create.v1", other, f"developer:{FOREIGN_ADMIN}", uuid4())

    def new_team(self) -> str:
        """A team of its own: whoever is allowed to changes it."""
        team = str(uuid4())
        self._by_owner("team.create.v1", team_id=team, name=f"Team {team}", admin=str(developer_id(OWNER)))
        for name, as_admin in ((OWN_TEAM_S_ADMIN, True), (MEMBER, False), (GONE, False), (INVITED, False)):
            self._by_owner("team.invite.v1", **_of(team, name), as_admin=as_admin)
            if name != INVITED:
                self._send("team.join.v1", _of(team, name), f"developer:{name}", uuid4())
        self._send("team.leave.v1", _of(team, GONE), f"developer:{GONE}", uuid4())
        return team

    def asked_app(self, **said: Any) -> Any:  # noqa: ANN401 - as Scene
        return super().asked_app(**{"owner": {"kind": "team", "id": self.team}} | said)

    def offered(self) -> Data:
        """An app of the team that is offered to another developer."""
        app = self.app()
        self._by_owner("app.offer_transfer.v1", **app, to=_developer(NOBODY))
        return app

    def offered_to_team(self) -> Data:
        """An app of Olga's own that is offered to her team."""
        app = self.app(owner=_developer(OWNER))
        to = {"kind": "team", "id": self.team}
        self._by_owner("app.offer_transfer.v1", **app, to=to)
        return app | {"to": to}

    def offer(self) -> Data:
        offer = self.app() | {"offer_id": str(uuid4())}
        self._by_owner("credential.offer.v1", **offer, **_offer())
        return offer


def _of(team: str, name: str) -> Data:
    return {"team_id": team, "developer_id": str(developer_id(name))}


def _developer(name: str) -> Data:
    return {"kind": "developer", "id": str(developer_id(name))}


def _offer() -> Data:
    return {"member": str(developer_id(MEMBER)), "kind": "api_key", "until": LATER}


def _taken(scene: TeamScene) -> Data:
    return scene.offer() | {"credential_id": str(uuid4()), "secret_digest": digest(str(uuid4())), "rotates": None}


TEAM_VERBS: Final[dict[str, Callable[[TeamScene], Data]]] = {
    name: verb for name, verb in VERBS.items() if name.startswith(("app.", "credential.", "approval."))
} | {
    "app.create.v1": lambda scene: new_app() | {"owner": {"kind": "team", "id": scene.team}},
    "app.offer_transfer.v1": lambda scene: scene.app() | {"to": _developer(NOBODY)},
    "app.withdraw_transfer.v1": TeamScene.offered,
    "app.accept_transfer.v1": TeamScene.offered_to_team,
    "app.decline_transfer.v1": TeamScene.offered_to_team,
    "credential.offer.v1": lambda scene: scene.app() | {"offer_id": str(uuid4())} | _offer(),
    "credential.withdraw_offer.v1": TeamScene.offer,
    "credential.take_offer.v1": _taken,
    "team.create.v1": lambda _: {"team_id": str(uuid4()), "name": "Cellar", "admin": str(developer_id(OWN_TEAM_S_ADMIN))},
    "team.rename.v1": lambda scene: {"team_id": scene.new_team(), "name": "Cellar"},
    "team.invite.v1": lambda scene: _of(scene.new_team(), NOBODY),
    "team.withdraw_invitation.v1": lambda scene: _of(scene.new_team(), INVITED),
    "team.join.v1": lambda scene: _of(scene.new_team(), INVITED),
    "team.leave.v1": lambda scene: _of(scene.new_team(), MEMBER),
    "team.promote.v1": lambda scene: _of(scene.new_team(), MEMBER),
    "team.demote.v1": lambda scene: _of(scene.new_team(), OWN_TEAM_S_ADMIN),
    "team.remove.v1": lambda scene: _of(scene.new_team(), MEMBER),
}
"""A command that would do something to what is a team's."""


def cases(scene: TeamScene, name: str) -> Iterator[tuple[Asker, Data, str | None]]:
    """Who asks, with which data, and what he is to be told. Whoever is refused changes nothing, so they all ask for the same."""
    refused = TEAM_VERBS[name](scene)
    for asker in ASKERS:
        code = expected(name, asker)
        yield asker, refused if code is not None else TEAM_VERBS[name](scene), code
