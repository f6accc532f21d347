"""Who is told of what, by which way: from a command to an inbox, a mail and a webhook request."""

from __future__ import annotations

from datetime import timedelta

from adapters.postgres.connections import connect
from adapters.postgres.questions import answer
from adapters.settings import Settings
from commands.command import Command
from commands.decide_approval import DecideApproval
from commands.delete_app import DeleteApp
from commands.demand_rotation import DemandRotation
from commands.reinstate_app import ReinstateApp
from commands.revoke_credential import RevokeCredential
from commands.set_approval_policy import SetApprovalPolicy
from commands.suspend_app import SuspendApp
from commands.withdraw_approval import WithdrawApproval
from domain.approval_policy import PolicyMode
from domain.credential import AtDeadline
from domain.derived_ids import expiry_warning_id
from domain.notice import PORTAL_ADMINS
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import Timing
from readmodels.deliveries import FLOOD_MAILS_MAX, on_the_way
from tests.examples import (
    ALSO_GUARDED,
    APP,
    FREE,
    GUARDED,
    KEY,
    NEW_KEY,
    OTHER_APP,
    OTTO,
    OWNER,
    an_id,
    ask,
    create,
    grant,
    issue,
    reject,
    rotate,
)
from tests.following.followed import until
from tests.given import ADMIN, Sent
from tests.notices.conftest import ADMINS_ADDRESS, OLGAS, There, prefer
from tests.notices.mail_server import html_of, text_of

ONE_DAY = timedelta(days=1)
SUSPEND, REINSTATE = SuspendApp(app_id=APP, reason="abuse"), ReinstateApp(app_id=APP)


def open_approval(there: There) -> tuple[object, ...]:
    """The approval that waits."""
    return there.all("SELECT originator_id FROM log.events WHERE topic = 'approval.opened.v1' ORDER BY notification_id DESC LIMIT 1")[0]


def approval_id(there: There) -> object:
    (stream,) = open_approval(there)
    return str(stream).removeprefix("approval-")


def decide(there: There, *decisions: object) -> Command:
    said = {"app_id": APP, "approval_id": approval_id(there), "decisions": tuple(decisions)}
    return DecideApproval.model_validate(said, strict=False)


def test_an_owner_is_told_of_a_suspension_in_his_inbox_by_mail_and_by_webhook(there: There) -> None:
    secret = there.hook()
    with there.telling():
        there.do(SuspendApp(app_id=APP, reason="a hundred times <the> traffic\n.\nBcc: eve@example.org"))
        there.until_sent(1)
        until(lambda: there.receiver.arrived)
    there.follow()
    assert there.inbox() == ["app_suspended"]
    ((recipients, mail),) = there.mails.arrived
    assert recipients == [OLGAS]
    assert mail["Subject"] == "Weather was suspended"
    assert mail["List-Unsubscribe"].startswith("<https://launchpad.example.com/unsubscribe/")
    assert "Reason: a hundred times <the> traffic\n  .\n  Bcc: eve@example.org" in text_of(mail)
    assert "a hundred times &lt;the&gt; traffic" in html_of(mail)
    (request,) = there.receiver.arrived
    told = request.checked(secret)
    assert (told["type"], told["data"]["app_id"]) == ("app_suspended", str(APP))
    assert there.deliveries() == there.deliveries("webhook") == [("app_suspended", "delivered")]


def test_what_happens_in_a_moment_becomes_one_mail(there: There) -> None:
    there.do(SUSPEND, REINSTATE)
    there.work_once()
    there.work_once()
    assert there.inbox() == ["app_suspended", "app_reinstated"]
    (mail,) = there.mails.to(OLGAS)
    assert mail["Subject"] == "2 notices: Weather was suspended, and more"
    assert "Weather was suspended" in text_of(mail)
    assert "Weather was reinstated" in text_of(mail)
    assert there.events("notice.delivered.v1") == 2


def test_portal_admins_are_told_once_of_a_request_that_waits_and_the_owner_of_the_decision(there: There) -> None:
    there.do(ask(GUARDED, ALSO_GUARDED))
    there.work_once()
    assert there.inbox(PORTAL_ADMINS) == ["approval_waits"]
    assert there.inbox() == []
    there.do(decide(there, grant(GUARDED), reject(ALSO_GUARDED)))
    with there.telling():
        there.until_sent(1)
        there.until_sent(1, ADMINS_ADDRESS)
    assert there.mails.subjects(OLGAS) == ["Weather: your request was granted"]
    there.follow()
    assert there.inbox() == ["approval_granted"]


def test_a_request_that_is_over_before_anybody_was_told_is_no_news(there: There) -> None:
    there.do(ask(GUARDED))
    there.follow()
    there.do(WithdrawApproval.model_validate({"app_id": APP, "approval_id": approval_id(there)}, strict=False))
    from adapters.postgres.connections import connect

    with connect(there.url) as connection:  # The worker looks at the log, not at what the follower has seen.
        there.worker().work_once(connection)
    there.follow()
    assert there.inbox(PORTAL_ADMINS) == []
    assert there.all("SELECT count(*) FROM notices.occasion") == [(0,)]


def test_a_decision_by_rule_at_once_surprises_nobody(there: There) -> None:
    there.do(SetApprovalPolicy(mode=PolicyMode.AUTO), ask(GUARDED))
    there.work_once()
    assert there.inbox() == there.inbox(PORTAL_ADMINS) == []
    assert there.events("occasion.noted.v1") == 1


def test_nobody_is_told_what_he_did_himself(there: There) -> None:
    there.do(create(app_id=OTHER_APP, name="Traffic"))
    there.do(Sent(DeleteApp(app_id=APP), OWNER), Sent(DeleteApp(app_id=OTHER_APP, reason="unused"), ADMIN))
    there.work_once()
    assert there.inbox() == ["app_deleted"]
    assert there.all("SELECT app_id, reason FROM notices.inbox") == [(OTHER_APP, "unused")]


def test_a_demanded_rotation_is_told_and_a_missed_one(there: There) -> None:
    from commands.miss_rotation import MissRotation
    from tests.given import sender

    there.do(issue())
    deadline = there.now + timedelta(seconds=1)
    there.do(DemandRotation(app_id=APP, credential_id=KEY, deadline=deadline, then=AtDeadline.REPORT, reason="broken into"))
    until(lambda: there.now > deadline)
    missed = MissRotation(app_id=APP, credential_id=KEY)
    there.do(Sent(missed, sender(missed)))
    there.work_once()
    assert there.inbox() == ["rotation_demanded", "rotation_missed"]
    assert there.all("SELECT credential_id, at, reason FROM notices.inbox ORDER BY position") == [
        (KEY, deadline, "broken into"),
        (KEY, deadline, None),
    ]


def test_a_credential_is_warned_of_before_it_expires_unless_it_was_replaced_or_has_ended(there: There) -> None:
    soon = there.now + ONE_DAY + timedelta(seconds=2)
    others = (an_id("rotated"), an_id("revoked"))
    there.do(*(issue(each, expires_at=soon) for each in (KEY, *others)), issue(an_id("later"), expires_at=soon + ONE_DAY))
    there.do(
        rotate(others[0], to=NEW_KEY, expires_at=soon + 2 * ONE_DAY), RevokeCredential(app_id=APP, credential_id=others[1], reason="lost")
    )
    there.follow()
    assert there.all("SELECT count(*) FROM notices.occasion WHERE days = 1") == [(3,)]  # KEY, the later one, and the successor.
    with there.telling():
        there.until_sent(1)
    there.follow()
    assert there.all("SELECT credential_id, days, at FROM notices.inbox") == [(KEY, 1, soon)]
    assert there.mails.subjects(OLGAS) == ["Weather: a credential expires in a day"]


def test_after_an_outage_only_the_latest_warning_is_told(there: There) -> None:
    there.do(issue(expires_at=there.now + timedelta(hours=20)))
    there.follow()
    assert there.all("SELECT count(*) FROM notices.occasion") == [(0,)]  # It was born with less time than a day.
    rows = [(expiry_warning_id(KEY, days), days) for days in (30, 7, 1)]
    for concerns, days in rows:  # As if it had been issued long ago, and nobody had worked since.
        there.owner.execute(
            "INSERT INTO notices.occasion VALUES (%s, %s, 'credential_expires', %s, %s, %s, 1, 1000, clock_timestamp())",
            [concerns, concerns, days, APP, f"credential-{KEY}"],
        )
    there.work_once()
    assert there.all("SELECT days FROM notices.inbox") == [(1,)]
    assert there.events("occasion.noted.v1") == 3


def test_preferences_say_what_reaches_whom_by_which_way(there: There) -> None:
    there.hook()
    quiet = {Channel.EMAIL: Timing.OFF, Channel.WEBHOOK: Timing.OFF}
    there.do(prefer({NoticeKind.APP_SUSPENDED: quiet, NoticeKind.APP_REINSTATED: {**quiet, Channel.INBOX: Timing.OFF}}))
    there.do(SUSPEND, REINSTATE)
    there.work_once()
    assert there.inbox() == ["app_suspended"]
    assert there.deliveries() == there.deliveries("webhook") == []
    assert there.events("occasion.noted.v1") == 2


def test_a_daily_mail_waits_for_its_hour_and_holds_all_of_the_day(there: There) -> None:
    daily = {Channel.EMAIL: Timing.DAILY}
    hour = (there.now + timedelta(hours=2)).hour
    there.do(prefer({NoticeKind.APP_SUSPENDED: daily, NoticeKind.APP_REINSTATED: daily}, digest_hour=hour))
    there.do(SUSPEND, REINSTATE)
    there.work_once()
    there.work_once()
    assert there.deliveries() == [("app_suspended", "waiting"), ("app_reinstated", "waiting")]
    ((due_at,),) = there.all("SELECT DISTINCT due_at FROM notices.delivery")
    assert (due_at.hour, due_at.minute) == (hour, 0)
    there.owner.execute("UPDATE notices.delivery SET due_at = clock_timestamp()")  # The hour has come.
    there.work_once()
    assert there.mails.subjects(OLGAS) == ["2 notices: Weather was suspended, and more"]


def test_a_flood_becomes_a_digest_and_what_is_urgent_goes_at_once(there: There) -> None:
    worker = there.worker()
    for number in range(FLOOD_MAILS_MAX):
        there.do(create(app_id=an_id(f"app {number}"), name=f"App {number}"), SuspendApp(app_id=an_id(f"app {number}"), reason="abuse"))
        there.work_once(worker)
        there.work_once(worker)
    assert len(there.mails.to(OLGAS)) == FLOOD_MAILS_MAX
    there.do(*(ReinstateApp(app_id=an_id(f"app {number}")) for number in range(4)))
    there.work_once(worker)
    there.work_once(worker)
    assert len(there.mails.to(OLGAS)) == FLOOD_MAILS_MAX  # They wait, and lie in the inbox.
    assert there.inbox()[-4:] == ["app_reinstated"] * 4
    with connect(there.url) as connection:
        ((due, late_seconds, _),) = answer(connection, on_the_way(urgent=[]))
    assert (due, late_seconds) == (4, 0.0)  # And nobody is told that they are late.
    there.do(SUSPEND)
    there.work_once(worker)
    there.work_once(worker)
    assert there.mails.subjects(OLGAS)[FLOOD_MAILS_MAX:] == ["5 notices: App 0 works again, and more"]


def test_a_large_digest_is_cut_and_counted(there: There) -> None:
    from adapters.mail.message import NOTICES_SHOWN_MAX

    apps = [an_id(f"app {number}") for number in range(NOTICES_SHOWN_MAX + 3)]
    there.do(*(create(app_id=each, name=f"App {each}") for each in apps))
    there.do(*(SuspendApp(app_id=each, reason="abuse") for each in apps))
    there.work_once()
    there.work_once()
    (mail,) = there.mails.to(OLGAS)
    assert "And 3 more: your inbox has them all." in text_of(mail)
    assert there.events("notice.delivered.v1") == len(apps)


def test_another_recipients_mail_is_another_mail(there: There) -> None:
    there.do(Sent(create(app_id=OTHER_APP, owner=OTTO, name="Traffic"), ADMIN))
    there.do(SUSPEND, SuspendApp(app_id=OTHER_APP, reason="abuse"))
    there.work_once()
    there.work_once()
    assert there.mails.subjects(OLGAS) == ["Weather was suspended"]
    assert there.mails.subjects(f"{OTTO}@example.org") == ["Traffic was suspended"]


def test_without_a_mail_server_the_inbox_has_it_all(there: There, settings: Settings) -> None:
    there.settings = settings.but(smtp_host=None)
    there.do(SUSPEND)
    there.work_once()
    assert there.inbox() == ["app_suspended"]
    assert there.deliveries() == []


def test_what_had_happened_before_anybody_was_told_anything_is_old_news(there: There) -> None:
    there.do(issue(an_id("x"), expires_at=there.now + ONE_DAY + timedelta(seconds=1)), SUSPEND)
    there.owner.execute("UPDATE notices.begun SET (position, at) = (SELECT max(notification_id), max(recorded_at) FROM log.events)")
    there.do(REINSTATE)
    with there.telling():
        until(lambda: "credential_expires" in there.inbox())
    there.follow()
    assert sorted(there.inbox()) == ["app_reinstated", "credential_expires"]


def test_of_two_workers_one_sends(there: There) -> None:
    there.hook()
    with there.telling(), there.worker() as other:
        for request in (SUSPEND, REINSTATE) * 3:
            there.do(request)
        until(lambda: {status for _, status in there.deliveries("webhook")} == {"delivered"} and len(there.deliveries("webhook")) == 6)
        assert other.failed is None
    assert len(there.receiver.arrived) == 6


def test_a_product_that_is_asked_for_later_is_told_when_the_first_was_told_already(there: There) -> None:
    there.do(ask(GUARDED, FREE))
    there.work_once()
    there.do(ask(ALSO_GUARDED))
    there.work_once()
    assert there.inbox(PORTAL_ADMINS) == ["approval_waits"] * 2
