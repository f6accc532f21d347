"""Teams, apps that change owners, and credentials that are offered to members: what histories do with them."""

from __future__ import annotations

from uuid import UUID

from commands.accept_transfer import AcceptTransfer
from commands.create_team import CreateTeam
from commands.decline_transfer import DeclineTransfer
from commands.demote_member import DemoteMember
from commands.invite_member import InviteMember
from commands.join_team import JoinTeam
from commands.leave_team import LeaveTeam
from commands.offer_credential import OfferCredential
from commands.offer_transfer import OfferTransfer
from commands.promote_member import PromoteMember
from commands.remove_member import RemoveMember
from commands.rename_team import RenameTeam
from commands.take_offered_credential import TakeOfferedCredential
from commands.withdraw_credential_offer import WithdrawCredentialOffer
from commands.withdraw_team_invitation import WithdrawTeamInvitation
from commands.withdraw_transfer import WithdrawTransfer
from domain.credential import CredentialKind
from domain.owner import Owner
from tests.commands.history.choosing import (
    ANY_APP,
    APPS,
    HOUR,
    KEYS,
    LIFETIMES,
    OTHER_ADMIN,
    OVERLAPS,
    SOMEONE,
    TEAMS,
    Pick,
    one_in,
    owner_of,
    step,
)
from tests.commands.history.sending import Sending
from tests.commands.model_of.world import TheOffer
from tests.examples import MIA, OTTO, an_id, digest
from tests.given import ANNA, OLGA

PEOPLE = [OLGA, OLGA, OTTO, MIA, MIA, ANNA, an_id("nobody")]
OWNERS = [OLGA, OTTO, MIA, *TEAMS, *TEAMS, an_id("nobody")]
OFFERS = [an_id(f"offer {n}") for n in range(8)]
UNTIL = [5 * HOUR, 5 * HOUR, 100 * HOUR, -HOUR, 200 * HOUR]


class Teams(Sending):
    """Steps."""

    def _team_of(self, pick: Pick) -> tuple[UUID, UUID]:
        """A team, and mostly one who belongs to it or is invited."""
        team = pick([TEAMS[0], *TEAMS])
        known = self.model.world.teams.get(team)
        around = [] if known is None else [*known.members, *known.invited]
        return team, pick([*around, *around, *PEOPLE])

    @step
    def create_team(self, pick: Pick) -> None:
        name = pick(["Kitchen", "Hall"])
        known = pick(TEAMS)
        if known in self.model.world.teams and one_in(2, pick):
            self.send(RenameTeam(team_id=known, name=name), pick(SOMEONE))
        else:
            self.send(CreateTeam(team_id=known, name=name, admin=pick(PEOPLE)), pick(SOMEONE))

    @step
    def invite_and_join(self, pick: Pick) -> None:
        team, who = pick(TEAMS), pick(PEOPLE)
        self.send(InviteMember(team_id=team, developer_id=who, as_admin=pick([False, True])), pick(SOMEONE))
        if one_in(2, pick):
            team, who = self._team_of(pick)
        self.send(JoinTeam(team_id=team, developer_id=who), pick(SOMEONE))

    @step
    def change_members(self, pick: Pick) -> None:
        team, who = self._team_of(pick)
        often = [PromoteMember, DemoteMember, WithdrawTeamInvitation]
        change = pick([*often, *often, RemoveMember, LeaveTeam])
        if change is DemoteMember:  # And few teams have two admins.
            self.send(PromoteMember(team_id=team, developer_id=who))
        if change is WithdrawTeamInvitation:  # Hardly anybody is invited still, by chance.
            team, who = TEAMS[0], pick(PEOPLE)
            self.send(InviteMember(team_id=team, developer_id=who, as_admin=False))
        self.send(change(team_id=team, developer_id=who), pick([None, None, *SOMEONE]))

    @step
    def offer_transfer(self, pick: Pick) -> None:
        command = OfferTransfer(app_id=pick(ANY_APP), to=owner_of(pick(OWNERS)), at_once=one_in(4, pick))
        self.send(command, (OTHER_ADMIN, None) if command.at_once and one_in(2, pick) else pick(SOMEONE))

    def _offered(self, pick: Pick) -> tuple[UUID, Owner]:
        """Mostly an app that is offered, and whom to."""
        offered = [(id_, app.offered_to) for id_, app in self.model.world.apps.items() if app.offered_to is not None]
        return pick([*offered * 4, (pick(APPS), owner_of(pick(OWNERS)))])

    @step
    def answer_transfer(self, pick: Pick) -> None:
        app_id, to = self._offered(pick)
        answer = pick([AcceptTransfer, AcceptTransfer, AcceptTransfer, DeclineTransfer])
        withdrawn = one_in(6, pick)
        self.send(WithdrawTransfer(app_id=app_id) if withdrawn else answer(app_id=app_id, to=to), pick(SOMEONE))

    @step
    def offer_credential(self, pick: Pick) -> None:
        world = self.model.world
        of_teams = [id_ for id_, app in world.apps.items() if app.owner in world.teams]
        app_id = pick([*of_teams * 4, *APPS])
        team = world.teams.get(world.apps[app_id].owner) if app_id in world.apps else None
        keys = [id_ for id_, key in world.keys.items() if key.app == app_id and not key.ended]
        rotates = pick([*keys, *keys, pick(KEYS)]) if one_in(2, pick) else None
        lifetime = pick(LIFETIMES)
        kind = pick([CredentialKind.API_KEY, CredentialKind.OAUTH_CLIENT, CredentialKind.JWT]) if rotates is None else None
        if kind is CredentialKind.JWT:
            lifetime = lifetime or 30 * HOUR
        command = OfferCredential(
            app_id=app_id,
            offer_id=pick([*[each for each in OFFERS if each not in world.offers] * 4, *OFFERS]),
            member=pick([*(() if team is None else list(team.members) * 3), *PEOPLE]),
            until=world.now + pick(UNTIL),
            kind=kind,
            rotates=rotates,
            expires_at=None if lifetime is None else world.now + lifetime,
            overlap=pick(OVERLAPS),
        )
        self.send(command, pick(SOMEONE))

    @step
    def offer_one_that_can_be_taken(self, pick: Pick) -> None:
        """Else hardly any walk would come as far as to take one."""
        world = self.model.world
        of_teams = [id_ for id_, app in world.apps.items() if app.owner in world.teams and app.status == "active"]
        free = [each for each in OFFERS if each not in world.offers]
        if of_teams and free:
            app_id = pick(of_teams)
            keys = [id_ for id_, key in world.keys.items() if key.app == app_id and key.status == "active"]
            rotates = pick([None, None, *keys])
            command = OfferCredential(
                app_id=app_id,
                offer_id=pick(free),
                member=pick(list(world.teams[world.apps[app_id].owner].members)),
                until=world.now + pick([5 * HOUR, 100 * HOUR]),
                kind=None if rotates else pick([CredentialKind.API_KEY, CredentialKind.OAUTH_CLIENT]),
                rotates=rotates,
                expires_at=pick([None, world.now + 30 * HOUR]),
                overlap=pick(OVERLAPS),
            )
            self.send(command)

    @step
    def take_offered_credential(self, pick: Pick) -> None:
        world = self.model.world
        still_open = [id_ for id_, each in world.offers.items() if each.state == "open"]
        offer_id = pick([*still_open * 12, *OFFERS])
        offer: TheOffer | None = world.offers.get(offer_id)
        app_id = pick(APPS) if offer is None or one_in(8, pick) else offer.said[0]
        rotates = None if offer is None else offer.said[4]
        if one_in(8, pick):
            rotates = pick([None, *KEYS])
        free = [each for each in KEYS if each not in world.keys]
        known = [offer.credential] if offer is not None and offer.credential is not None else []
        new = pick([*free * 4, *known * 4, *KEYS])
        command = TakeOfferedCredential(app_id=app_id, offer_id=offer_id, credential_id=new, secret_digest=digest(new), rotates=rotates)
        self.send(command, pick(SOMEONE))

    @step
    def withdraw_credential_offer(self, pick: Pick) -> None:
        offer_id = pick([*self.model.world.offers, *self.model.world.offers, *OFFERS])
        known = self.model.world.offers.get(offer_id)
        app_id = pick(APPS) if known is None or one_in(8, pick) else known.said[0]
        self.send(WithdrawCredentialOffer(app_id=app_id, offer_id=offer_id), pick(SOMEONE))
