"""The rules of notices, preferences and webhooks, told as examples."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from commands.mark_read import MarkRead
from commands.raise_notice import Addressed, RaiseNotice
from commands.record_delivery import RecordDelivery
from commands.record_failure import Attempt, RecordFailure
from commands.redeliver_notice import RedeliverNotice
from commands.register_webhook import RegisterWebhook
from commands.remove_webhook import RemoveWebhook
from commands.set_preferences import SetPreferences
from domain.derived_ids import notice_id
from domain.limits import NOTICE_ATTEMPTS_MAX, WEBHOOKS_MAX
from domain.notice import (
    PORTAL_ADMINS,
    About,
    NoticeAddressed,
    NoticeDelivered,
    NoticeFailed,
    NoticeGivenUp,
    NoticeRead,
    NoticeRequeued,
)
from domain.notice_kind import SECURITY_KINDS, Channel, NoticeKind
from domain.occasion import OccasionNoted
from domain.preferences import Preferences, PreferencesSet, Timing
from domain.webhook import WebhookRegistered, WebhookRemoved
from tests.examples import OWNER, SCENE, STRANGER, an_id
from tests.given import ADMIN, OLGA, Sent, by, given
from tests.memory_log import NOW

OCCASION, HOOK, MESSAGE = an_id("occasion"), an_id("hook"), an_id("message")
WAIT = timedelta(seconds=10)
ABOUT = About(app_id=an_id("app"))


def to(channel: Channel, recipient: UUID = OLGA) -> Addressed:
    return Addressed(recipient_id=recipient, channel=channel, due_at=NOW)


def tell(*addressed: Addressed) -> RaiseNotice:
    return RaiseNotice(occasion_id=OCCASION, kind=NoticeKind.APP_SUSPENDED, concerns=OCCASION, about=ABOUT, to=addressed)


def addressed(channel: Channel) -> NoticeAddressed:
    return NoticeAddressed(
        occasion_id=OCCASION,
        kind="app_suspended",
        recipient_id=OLGA,
        channel=channel.value,
        webhook_id=None,
        about=ABOUT,
        due_at=NOW,
    )


INBOX, MAIL = (notice_id(OCCASION, OLGA, channel, None) for channel in ("inbox", "email"))
TOLD = (*SCENE, tell(to(Channel.INBOX), to(Channel.EMAIL)))
DELIVERED = RecordDelivery(message_id=MESSAGE, notices=(MAIL,))


def failed(attempt: int, wait: timedelta | None = WAIT) -> RecordFailure:
    return RecordFailure(message_id=MESSAGE, notices=(Attempt(notice_id=MAIL, attempt=attempt, wait=wait),), reason="smtp 450")


def test_people_are_told_once_whatever_is_said_the_second_time() -> None:
    noted = OccasionNoted(kind="app_suspended", concerns=OCCASION, notices=2)
    given(SCENE).when(tell(to(Channel.INBOX), to(Channel.EMAIL))).then(addressed(Channel.INBOX), addressed(Channel.EMAIL), noted)
    given(TOLD).when(tell(to(Channel.INBOX, STRANGER_ID))).then()


STRANGER_ID = an_id("otto")


def test_an_occasion_that_is_no_news_any_more_is_noted_all_the_same() -> None:
    given(SCENE).when(tell()).then(OccasionNoted(kind="app_suspended", concerns=OCCASION, notices=0))


def test_what_was_delivered_is_recorded_once() -> None:
    given(TOLD).when(DELIVERED).then(NoticeDelivered(message_id=MESSAGE))
    given(TOLD, DELIVERED).when(DELIVERED).then()
    given(TOLD).when(RecordDelivery(message_id=MESSAGE, notices=(INBOX,))).then_refused("in_inbox")
    given(TOLD).when(RecordDelivery(message_id=MESSAGE, notices=(an_id("none"),))).then_refused("notice_unknown")


def test_a_failed_attempt_is_made_again_after_a_while_and_counted_once() -> None:
    given(TOLD).when(failed(1)).then(NoticeFailed(attempt=1, reason="smtp 450", again_at=NOW + WAIT))
    given(TOLD, failed(1)).when(failed(1)).then()
    given(TOLD, DELIVERED).when(failed(1)).then()


def test_it_is_given_up_after_too_many_attempts_or_where_another_is_no_use() -> None:
    over = [NoticeFailed(attempt=NOTICE_ATTEMPTS_MAX, reason="smtp 450", again_at=None), NoticeGivenUp(reason="smtp 450")]
    given(TOLD).when(failed(NOTICE_ATTEMPTS_MAX)).then(*over)
    given(TOLD).when(failed(1, wait=None)).then(NoticeFailed(attempt=1, reason="smtp 450", again_at=None), NoticeGivenUp(reason="smtp 450"))


def test_whose_it_is_may_have_it_sent_again_and_a_portal_admin_may() -> None:
    again = RedeliverNotice(recipient_id=OLGA, notice_id=MAIL)
    gone = (*TOLD, failed(1, wait=None))
    given(gone).when(by(OWNER, again)).then(NoticeRequeued())
    given(gone).when(by(ADMIN, again)).then(NoticeRequeued())
    given(TOLD, DELIVERED).when(by(OWNER, again)).then(NoticeRequeued())
    given(TOLD).when(by(OWNER, again)).then()  # It is on its way already.
    given(gone).when(by(STRANGER, again)).then_refused("not_allowed")
    given(gone).when(by(STRANGER, RedeliverNotice(recipient_id=STRANGER_ID, notice_id=MAIL))).then_refused("notice_unknown")


def test_an_inbox_is_read_by_whose_it_is() -> None:
    given(TOLD).when(by(OWNER, MarkRead(recipient_id=OLGA, notices=(INBOX,)))).then(NoticeRead())
    given(TOLD, by(OWNER, MarkRead(recipient_id=OLGA, notices=(INBOX,)))).when(
        by(OWNER, MarkRead(recipient_id=OLGA, notices=(INBOX,)))
    ).then()
    given(TOLD).when(by(STRANGER, MarkRead(recipient_id=OLGA, notices=(INBOX,)))).then_refused("not_allowed")
    given(TOLD).when(by(STRANGER, MarkRead(recipient_id=STRANGER_ID, notices=(INBOX,)))).then_refused("notice_unknown")
    given(TOLD).when(by(OWNER, MarkRead(recipient_id=OLGA, notices=(MAIL,)))).then_refused("not_in_inbox")


def test_what_the_portal_admins_share_is_read_by_any_of_them_and_by_nobody_else() -> None:
    shared = notice_id(OCCASION, PORTAL_ADMINS, "inbox", None)
    told = (*SCENE, tell(to(Channel.INBOX, PORTAL_ADMINS)))
    read = MarkRead(recipient_id=PORTAL_ADMINS, notices=(shared,))
    given(told).when(by(ADMIN, read)).then(NoticeRead())
    given(told).when(by(OWNER, read)).then_refused("not_allowed")


def prefer(kind: NoticeKind, channel: Channel, timing: Timing) -> Sent:
    return by(OWNER, SetPreferences(recipient_id=OLGA, timings={kind: {channel: timing}}))


def test_preferences_are_set_whole_by_oneself() -> None:
    off = prefer(NoticeKind.APPROVAL_GRANTED, Channel.EMAIL, Timing.OFF)
    given(SCENE).when(off).then(PreferencesSet(timings={"approval_granted": {"email": "off"}}, digest_hour=7))
    given(SCENE, off).when(off).then()
    given(SCENE).when(by(STRANGER, SetPreferences(recipient_id=OLGA, timings={}))).then_refused("not_allowed")


@pytest.mark.parametrize("kind", sorted(SECURITY_KINDS))
def test_what_is_cut_off_is_told_in_the_inbox_whatever_is_preferred(kind: NoticeKind) -> None:
    given(SCENE).when(prefer(kind, Channel.INBOX, Timing.OFF)).then_refused("security_notice")
    given(SCENE).when(prefer(kind, Channel.EMAIL, Timing.OFF)).then_accepted()


@pytest.mark.parametrize("channel", [Channel.INBOX, Channel.WEBHOOK])
def test_only_mails_come_daily(channel: Channel) -> None:
    given(SCENE).when(prefer(NoticeKind.APPROVAL_GRANTED, channel, Timing.DAILY)).then_refused("not_daily")


def test_the_daily_mail_goes_out_at_its_hour_today_or_tomorrow() -> None:
    six = Preferences(digest_hour=6)
    assert six.next_digest(at("05:59")) == at("06:00")
    assert six.next_digest(at("06:00")) == at("06:00") + timedelta(days=1)


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-02T{time}:00+00:00")


def hook(webhook_id: UUID = HOOK, url: str = "https://example.com/hook") -> Sent:
    return by(OWNER, RegisterWebhook(recipient_id=OLGA, webhook_id=webhook_id, url=url, kinds=(NoticeKind.APP_SUSPENDED,)))


def test_a_webhook_is_registered_and_removed_by_whose_it_is() -> None:
    registered = WebhookRegistered(webhook_id=HOOK, url="https://example.com/hook", kinds=("app_suspended",))
    remove = RemoveWebhook(recipient_id=OLGA, webhook_id=HOOK)
    given(SCENE).when(hook()).then(registered)
    given(SCENE, hook()).when(hook()).then()
    given(SCENE, hook()).when(hook(url="https://example.com/other")).then_refused("id_used")
    given(SCENE, hook()).when(by(STRANGER, remove)).then_refused("not_allowed")
    given(SCENE, hook()).when(by(OWNER, remove)).then(WebhookRemoved(webhook_id=HOOK))
    given(SCENE, hook(), by(OWNER, remove)).when(hook()).then_refused("id_used")
    given(SCENE).when(by(OWNER, remove)).then_refused("webhook_unknown")


def test_there_are_never_too_many_webhooks() -> None:
    some = [hook(an_id(f"hook {number}")) for number in range(WEBHOOKS_MAX)]
    given(SCENE, some).when(hook()).then_refused("too_many_webhooks")
    given(SCENE, some, by(OWNER, RemoveWebhook(recipient_id=OLGA, webhook_id=an_id("hook 0")))).when(hook()).then_accepted()


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "https://user:pw@example.com/", "https://example.com/#part", "//example.com", "https://exa mple.com"]
)
def test_a_webhook_has_an_absolute_url_without_a_password(url: str) -> None:
    with pytest.raises(ValueError, match="not an absolute URL"):
        RegisterWebhook(recipient_id=OLGA, webhook_id=HOOK, url=url)
