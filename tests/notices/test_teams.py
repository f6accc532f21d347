"""What happens in a team, and to a team's apps: the one whom it is about hears of it, and the team's admins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.compose import Launchpad
from adapters.settings import Settings
from commands.command import Command
from commands.demote_member import DemoteMember
from commands.offer_transfer import OfferTransfer
from commands.promote_member import PromoteMember
from commands.remove_member import RemoveMember
from commands.suspend_app import SuspendApp
from commands.withdraw_transfer import WithdrawTransfer
from domain.owner import Owner
from tests.examples import APP, MIA, OF_TEAM, OTHER_APP, OWNER, TEAM, TEAM_SCENE, ULF, create, invite, join, leave
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
