"""What happens in a team, and to a team's apps: the one whom it is about hears of it, and the team's admins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.compose import Launchpad
from adapters.postgres.connections import connect
from adapters.settings import Settings
from adapters.workers.raising import Raising
from commands.command import Command
from commands.demote_member import DemoteMember
from commands.executor import Executor
from commands.invite_member import InviteMember
from commands.join_team import JoinTeam
from commands.offer_transfer import OfferTransfer
from commands.principal import person
from commands.promote_member import PromoteMember
from commands.register_webhook import RegisterWebhook
from commands.reinstate_app import ReinstateApp
from commands.remove_member import RemoveMember
from commands.suspend_app import SuspendApp
from commands.withdraw_transfer import WithdrawTransfer
from domain.limits import NOTICES_PER_COMMAND_MAX, TEAM_MEMBERS_MAX
from domain.owner import Owner
from tests.examples import APP, MIA, OF_TEAM, OTHER_APP, OWNER, TEAM, TEAM_SCENE, ULF, an_id, create, invite, join, leave, register
from tests.given import ADMIN, OLGA, Sent
from tests.notices.conftest import There
from tests.notices.mail_server import Mails, text_of
from tests.notices.receiver import Receiver


@pytest.fixture
def there(settings: Settings, mails: Mails, hooks: Receiver) -> Iterator[There]:
    with Launchpad(settings) as launchpad:
        there = There(settings, launchpad, mails, hooks)
        there.do(*(each for each in TEAM_SCENE if isinstance(each, Command | Sent)))
        there.owner.execute("UPDATE notices.begun SET (position, at) = (SELECT max(notification_id), max(recorded_at) FROM log.events)")
        yield there
        there.owner.close()


def told(there: There) -> dict[str, list[str]]:
    """Who was told what, by name, in order."""
    people = {OLGA: "olga", MIA: "mia", ULF: "ulf"}
    found = there.all("SELECT recipient_id, kind FROM notices.inbox ORDER BY position, notice_id")
    return {name: kinds for id_, name in people.items() if (kinds := [kind for recipient, kind in found if recipient == id_])}


def test_who_is_invited_hears_of_it_and_so_do_the_other_admins(there: There) -> None:
    there.do(Sent(PromoteMember(team_id=TEAM, developer_id=MIA), OWNER))
    there.work_once()
    assert told(there) == {"mia": ["team_promoted"]}  # Olga did it herself.
    there.do(invite(ULF))
    there.work_once()
    assert told(there) == {"mia": ["team_promoted", "team_invited"], "ulf": ["team_invited"]}
    there.work_once()
    (mail,) = there.mails.to(f"{ULF}@example.org")
    assert "The team Kitchen has invited you to join it." in text_of(mail)
    assert "The team Kitchen has invited a developer to join it." in text_of(there.mails.to(f"{MIA}@example.org")[-1])


def test_the_admins_hear_who_joins_and_leaves_and_who_is_removed_hears_of_it(there: There) -> None:
    there.do(invite(ULF))
    there.do(join(ULF))
    there.do(leave(ULF))
    there.do(Sent(PromoteMember(team_id=TEAM, developer_id=MIA), ADMIN))
    there.do(Sent(DemoteMember(team_id=TEAM, developer_id=MIA), ADMIN))
    there.do(Sent(RemoveMember(team_id=TEAM, developer_id=MIA), OWNER))
    there.work_once()
    assert told(there) == {
        "olga": ["team_joined", "team_left", "team_promoted", "team_demoted"],
        "mia": ["team_promoted", "team_demoted", "team_removed"],
        "ulf": ["team_invited"],
    }


def test_a_teams_app_is_told_of_to_its_admins_and_not_to_its_members(there: There) -> None:
    there.do(Sent(create(app_id=OTHER_APP, name="Ovens").model_copy(update={"owner": OF_TEAM}), OWNER))
    there.do(SuspendApp(app_id=OTHER_APP, reason="abuse"))
    there.work_once()
    assert told(there) == {"olga": ["app_suspended"]}
    there.do(Sent(PromoteMember(team_id=TEAM, developer_id=MIA), OWNER))
    there.do(Sent(SuspendApp(app_id=APP, reason="abuse"), ADMIN))  # Olga's own: nobody of her team hears of it.
    there.work_once()
    assert told(there) == {"olga": ["app_suspended", "app_suspended"], "mia": ["team_promoted"]}


def test_an_offered_app_is_told_of_to_its_new_owner_while_it_is_offered(there: There) -> None:
    there.do(Sent(OfferTransfer(app_id=APP, to=Owner(id=ULF)), OWNER))
    there.work_once()
    assert told(there) == {"ulf": ["app_transfer_offered"]}
    there.do(Sent(WithdrawTransfer(app_id=APP), OWNER), Sent(OfferTransfer(app_id=APP, to=Owner(id=MIA)), OWNER))
    there.do(Sent(WithdrawTransfer(app_id=APP), OWNER))
    there.work_once()
    assert told(there) == {"ulf": ["app_transfer_offered"]}


def test_every_admin_of_a_full_team_is_told_however_many_ways_there_are(there: There) -> None:
    there.do(Sent(PromoteMember(team_id=TEAM, developer_id=MIA), OWNER))
    others = [an_id(f"admin {number}") for number in range(TEAM_MEMBERS_MAX - 3)]  # One place is kept for whoever is invited already.
    there.do(*map(register, others))
    there.do(*(Sent(InviteMember(team_id=TEAM, developer_id=each, as_admin=True), OWNER) for each in others))
    there.do(*(Sent(JoinTeam(team_id=TEAM, developer_id=each), person(each)) for each in others))
    for number, recipient in enumerate(others):
        webhook = RegisterWebhook(recipient_id=recipient, webhook_id=an_id(f"hook {number}"), url=there.receiver.url)
        there.do(Sent(webhook, ADMIN))
    there.do(Sent(create(app_id=OTHER_APP, name="Ovens").model_copy(update={"owner": OF_TEAM}), OWNER))
    there.owner.execute("UPDATE notices.begun SET (position, at) = (SELECT max(notification_id), max(recorded_at) FROM log.events)")
    there.do(SuspendApp(app_id=OTHER_APP, reason="abuse"))
    there.do(Sent(ReinstateApp(app_id=OTHER_APP), ADMIN))
    there.follow()
    with connect(there.url) as connection:
        Raising(there.launchpad.log, Executor(there.launchpad.log), mails=True, gather=timedelta()).raise_what_is_due(connection)
    addressed = 3 * len(others) + 2 * 2  # Olga and Mia have no webhook.
    assert addressed > NOTICES_PER_COMMAND_MAX
    assert there.events("notice.addressed.v1") == 2 * addressed
    transactions = "SELECT count(DISTINCT recorded_at) FROM log.events WHERE topic = 'notice.addressed.v1'"
    assert there.all(transactions) == [(2,)]  # Others wait for the log no longer than one of them takes.
