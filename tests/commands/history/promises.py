"""What every history must leave true."""

from __future__ import annotations

from uuid import UUID

from hypothesis.stateful import invariant

from commands.accept_transfer import AcceptTransfer
from commands.command import AppCommand
from commands.decline_transfer import DeclineTransfer
from commands.principal import Role
from commands.take_offered_credential import TakeOfferedCredential
from tests.commands.history.choosing import (
    PRODUCTS,
)
from tests.commands.history.sending import Sending
from tests.commands.model_of.rules import decided, keeps_open


class Promises(Sending):
    """Seen after each step, once nothing is queued."""

    @invariant()
    def promises_are_kept(self) -> None:
        if self.queue:
            return
        self.a_credential_opens_exactly_what_the_design_says()
        self.an_app_has_at_most_one_open_approval_and_has_one_exactly_if_something_waits()
        self.what_a_rule_let_in_is_what_the_policy_lets_in()
        self.names_are_unique_among_living_apps()
        self.no_limit_is_passed()
        self.nobody_acts_for_a_team_that_he_is_not_in()
        self.events_tell_the_same_as_the_model()
        assert self.system.observed.refusals.total() == self.refused, "every refusal is one event"

    def a_credential_opens_exactly_what_the_design_says(self) -> None:
        world = self.model.world
        asked = [(key, product_id) for key in world.keys for product_id in PRODUCTS]
        told = self.system.opened(asked)
        assert told == {pair for pair in asked if self.model.may_call(*pair)}
        # A real clock goes on between the last step and the question: what ends in between may be told either way.
        opens, later = self.system.observed.opens, self.system.now
        before, after = ({pair for pair in asked if opens(*pair, now)} for now in (world.now, later))
        assert before & after <= told <= before | after
        ended = {id_ for id_, key in world.keys.items() if key.over(world.now) or world.apps[key.app].status != "active"}
        assert not any(key in ended for key, _ in told)

    def an_app_has_at_most_one_open_approval_and_has_one_exactly_if_something_waits(self) -> None:
        observed = self.system.observed
        for app_id in observed.apps:
            assert len(observed.open_approvals(app_id)) == bool(observed.waiting(app_id))

    def what_a_rule_let_in_is_what_the_policy_lets_in(self) -> None:
        """No laundering: whatever changes later, what no person granted is open by the policy of its app's last change."""
        observed, apps = self.system.observed, self.model.world.apps
        for (app_id, product_id), status in observed.subscriptions.items():
            approval = observed.approval_of[app_id, product_id]
            if status == "approved" and approval is not None and apps[app_id].status != "deleted":
                let_in, rule = observed.rules[approval, product_id]
                policy, seen = apps[app_id].last[product_id]
                answer, _ = decided(policy, seen)
                by_person = let_in == "review"
                assert by_person or answer == "approve" or (answer == "review" and keeps_open(policy, rule))

    def names_are_unique_among_living_apps(self) -> None:
        observed = self.system.observed
        living = [app_id for app_id, status in observed.apps.items() if status != "deleted"]
        assert sorted(observed.names.values()) == sorted(living)

    def nobody_acts_for_a_team_that_he_is_not_in(self) -> None:
        """Told by the events' order alone: who manages a team's app belongs to the team at that very place."""
        observed = self.system.observed
        for envelope, outcome in self.done[self.promised :]:
            command, person = envelope.command, envelope.person
            is_admin = envelope.principal.has(Role.PORTAL_ADMIN) and envelope.on_behalf_of is None
            answers = isinstance(command, AcceptTransfer | DeclineTransfer)
            if outcome.code or person is None or is_admin or answers or not isinstance(command, AppCommand):
                continue
            owner = observed.owner_at(command.app_id, outcome.position)
            if owner not in observed.members:
                assert owner == person
                continue
            wanted = {"admin", "member"} if isinstance(command, TakeOfferedCredential) else {"admin"}
            assert observed.role_at(owner, person, outcome.position) in wanted, envelope
        self.promised = len(self.done)

    def no_limit_is_passed(self) -> None:
        world = self.model.world
        for app_id in world.apps:
            assert sum(key.app == app_id and key.counts for key in world.keys.values()) <= 10
            assert len(world.apps[app_id].attributes) <= 18
            assert len(world.apps[app_id].standing("pending", "approved")) <= 50

    def events_tell_the_same_as_the_model(self) -> None:
        world, observed = self.model.world, self.system.observed
        assert observed.apps == {id_: app.status for id_, app in world.apps.items()}
        assert observed.subscriptions == {
            (id_, product_id): status for id_, app in world.apps.items() for product_id, (status, _) in app.subscriptions.items()
        }
        assert {id_: owners[-1][1] for id_, owners in observed.owners.items()} == {id_: app.owner for id_, app in world.apps.items()}
        assert {id_: _members(known[-1][1]) for id_, known in observed.members.items()} == {
            id_: team.members for id_, team in world.teams.items()
        }
        assert observed.credentials == {id_: key.status for id_, key in world.keys.items()}
        assert observed.approvals == {id_: review.status for id_, review in world.reviews.items()}


def _members(around: dict[UUID, str]) -> dict[UUID, str]:
    return {developer: role for developer, role in around.items() if not role.startswith("invited")}
