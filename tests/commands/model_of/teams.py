"""What the design says of teams, of apps that change owners, and of credentials that are offered to members."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from tests.commands.model_of.apps import Apps
from tests.commands.model_of.credentials import Credentials
from tests.commands.model_of.world import LIVING, TheOffer, TheTeam, need


class Teams(Apps, Credentials):
    """One method for each command."""

    def _registered(self, developer: UUID) -> None:
        known = self.world.developers.get(developer)
        need(known is not None, "developer_unknown")
        assert known is not None
        need(known["status"] == "registered", "deactivated")

    def CreateTeam(self, c: Any) -> None:  # noqa: ANN401, N802
        self._registered(c.admin)
        known = self.world.teams.get(c.team_id)
        if known is not None:
            need(known.name == c.name and known.members.get(c.admin) == "admin", "id_used")
            return
        self.world.teams[c.team_id] = TheTeam(c.name, {c.admin: "admin"}, joined={c.admin: 1})

    def RenameTeam(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.teams[c.team_id].name = c.name

    def InviteMember(self, c: Any) -> None:  # noqa: ANN401, N802
        self._registered(c.developer_id)
        team = self.world.teams[c.team_id]
        need(c.developer_id not in team.members, "already_member")
        team.invited[c.developer_id] = "admin" if c.as_admin else "member"

    def WithdrawTeamInvitation(self, c: Any) -> None:  # noqa: ANN401, N802
        team = self.world.teams[c.team_id]
        need(c.developer_id not in team.members, "already_member")
        team.invited.pop(c.developer_id, None)

    def JoinTeam(self, c: Any) -> None:  # noqa: ANN401, N802
        self._registered(c.developer_id)
        team, who = self.world.teams[c.team_id], c.developer_id
        if who not in team.members:
            need(who in team.invited, "not_invited")
            team.members[who] = team.invited.pop(who)
            team.joined[who] = team.joined.get(who, 0) + 1

    def LeaveTeam(self, c: Any) -> None:  # noqa: ANN401, N802
        self._goes(self.world.teams[c.team_id], c.developer_id)

    def RemoveMember(self, c: Any) -> None:  # noqa: ANN401, N802
        team = self.world.teams[c.team_id]
        team.invited.pop(c.developer_id, None)
        self._goes(team, c.developer_id)

    def _goes(self, team: TheTeam, who: UUID) -> None:
        if who in team.members:
            need([each for each in team.admins if each != who], "last_admin")
            del team.members[who]

    def PromoteMember(self, c: Any) -> None:  # noqa: ANN401, N802
        self._registered(c.developer_id)
        team = self.world.teams[c.team_id]
        need(c.developer_id in team.members, "not_a_member")
        team.members[c.developer_id] = "admin"

    def DemoteMember(self, c: Any) -> None:  # noqa: ANN401, N802
        team = self.world.teams[c.team_id]
        need(c.developer_id in team.members, "not_a_member")
        need(team.members[c.developer_id] != "admin" or team.admins != [c.developer_id], "last_admin")
        team.members[c.developer_id] = "member"

    def _may_own(self, owner: Any) -> None:  # noqa: ANN401
        if owner.kind == "team":
            need(owner.id in self.world.teams, "owner_unknown")
            return
        need(owner.id in self.world.developers, "owner_unknown")
        need(self.world.developers[owner.id]["status"] == "registered", "deactivated")

    def OfferTransfer(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        if c.at_once:
            need("portal_admin" in self.who.roles and not self.who.on_behalf, "not_allowed")
            app.must_be(*LIVING)
            self._goes_over(c.app_id, c.to)
            return
        self._may_own(c.to)
        app.must_be(*LIVING)
        need(c.to.id != app.owner, "already_owner")
        app.offered_to = c.to

    def AcceptTransfer(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        need(c.to.id == app.owner or c.to == app.offered_to, "not_offered")
        self._goes_over(c.app_id, c.to)

    def DeclineTransfer(self, c: Any) -> None:  # noqa: ANN401, N802
        app = self.world.apps[c.app_id]
        app.must_be(*LIVING)
        if app.offered_to == c.to:
            app.offered_to = None

    def WithdrawTransfer(self, c: Any) -> None:  # noqa: ANN401, N802
        self.world.apps[c.app_id].must_be(*LIVING)
        self.world.apps[c.app_id].offered_to = None

    def _goes_over(self, app_id: UUID, to: Any) -> None:  # noqa: ANN401
        app = self.world.apps[app_id]
        if to.id == app.owner:
            return
        self._may_own(to)
        self._name_must_be_free(to.id, app.details[0], app_id)
        before = app.seen()
        app.owner, app.offered_to = to.id, None
        self.reconsider(app_id, before)

    def OfferCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        app, world = self.world.apps[c.app_id], self.world
        team = world.teams.get(app.owner)
        need(team is not None, "no_team")
        assert team is not None
        app.must_be("pending", "active")
        if c.rotates is not None:
            key = world.keys.get(c.rotates)
            need(key is not None and key.app == c.app_id, "credential_unknown")
            assert key is not None
            need(key.content[1] != "jwt" or c.expires_at is not None, "expires_at_missing")
        said = (c.app_id, app.owner, c.member, c.kind, c.rotates, c.expires_at, c.overlap, c.until)
        known = world.offers.get(c.offer_id)
        if known is not None:
            need(known.state == "open" and known.said == said, "id_used")
            return
        need(c.member in team.members, "not_a_member")
        need(world.now < c.until <= world.now + timedelta(days=7), "until_out_of_range")
        world.offers[c.offer_id] = TheOffer(said, team.joined[c.member])

    def _offer(self, c: Any) -> TheOffer:  # noqa: ANN401
        offer = self.world.offers.get(c.offer_id)
        need(offer is not None and offer.said[0] == c.app_id, "offer_unknown")
        assert offer is not None
        return offer

    def WithdrawCredentialOffer(self, c: Any) -> None:  # noqa: ANN401, N802
        offer = self._offer(c)
        need(offer.state != "taken", "offer_taken")
        offer.state = "withdrawn"

    def TakeOfferedCredential(self, c: Any) -> None:  # noqa: ANN401, N802
        offer, owner = self._offer(c), self.world.apps[c.app_id].owner
        _, team_id, member, kind, rotates, expires_at, overlap, until = offer.said
        need(self.who.person == member, "not_allowed")
        if offer.state == "taken":
            need(offer.credential == c.credential_id, "offer_taken")
            return
        need(offer.state == "open", "offer_withdrawn")
        need(team_id == owner and self.world.teams[owner].joined.get(member) == offer.joined, "offer_over")
        need(self.world.now < until, "offer_expired")
        need(c.rotates == rotates, "offer_differs")
        said = {"app_id": c.app_id, "secret_digest": c.secret_digest, "expires_at": expires_at}
        if rotates is None:
            self.IssueCredential(SimpleNamespace(**said, credential_id=c.credential_id, kind=kind))
        else:
            self.RotateCredential(SimpleNamespace(**said, credential_id=rotates, successor_id=c.credential_id, overlap=overlap))
        offer.state, offer.credential = "taken", c.credential_id
