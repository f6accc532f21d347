"""Mail servers and receivers that are away, refuse or misbehave: nothing is lost, and what can't be delivered is listed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.postgres.connections import connect
from adapters.postgres.questions import answer
from adapters.workers import notices
from commands.command import Envelope
from commands.executor import Executor
from commands.outcome import Outcome
from commands.ports import LogUnavailable
from commands.redeliver_notice import RedeliverNotice
from commands.reinstate_app import ReinstateApp
from commands.remove_webhook import RemoveWebhook
from commands.suspend_app import SuspendApp
from domain.limits import NOTICE_ATTEMPTS_MAX
from domain.notice_kind import NoticeKind
from readmodels.deliveries import requests_due
from tests.examples import APP, OWNER, an_id, create
from tests.following.followed import until
from tests.given import OLGA, Sent
from tests.notices.conftest import ADMINS_ADDRESS, HOOK, OLGAS, There

SUSPEND = SuspendApp(app_id=APP, reason="abuse")


def given_up(there: There) -> list[tuple[str, int]]:
    """Why, and after how many attempts."""
    return there.all("SELECT last_error, attempts FROM notices.delivery WHERE status = 'given_up' ORDER BY position")


def test_mails_wait_while_their_server_is_away_and_go_out_by_themselves(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MAIL_BACKOFF_SECONDS", (0.1, 0.2))
    there.mails.go_away()
    with there.telling() as worker:
        there.do(SUSPEND)
        until(lambda: there.deliveries() == [("app_suspended", "waiting")])
        until(lambda: worker._mails_from)
        assert there.inbox() == ["app_suspended"]  # The inbox waits for no mail server.
        there.mails.begin()
        there.until_sent(1)
        until(lambda: there.deliveries() == [("app_suspended", "delivered")])
    assert there.events("notice.failed.v1") == 0  # An outage is nobody's failed attempt.


def test_an_address_that_is_refused_for_good_is_listed_and_can_be_sent_to_again(there: There) -> None:
    there.mails.refuse[OLGAS] = "550 no such user"
    with there.telling():
        there.do(SUSPEND)
        until(lambda: given_up(there))
        assert given_up(there) == [("smtp 550", 1)]
        assert there.events("notice.failed.v1") == 1
        there.mails.refuse.clear()
        ((notice_id,),) = there.all("SELECT notice_id FROM notices.delivery")
        there.do(Sent(RedeliverNotice(recipient_id=OLGA, notice_id=notice_id), OWNER))
        there.until_sent(1)
        until(lambda: there.deliveries() == [("app_suspended", "delivered")])


@pytest.mark.parametrize("where", ["recipient", "data"])
def test_what_is_refused_for_the_moment_is_tried_again(there: There, where: str) -> None:
    if where == "recipient":
        there.mails.refuse[OLGAS] = "450 greylisted, come again"
    else:
        there.mails.data_reply = "451 full"
    with there.telling():
        there.do(SUSPEND)
        until(lambda: there.events("notice.failed.v1") >= 2)
        there.mails.refuse.clear()
        there.mails.data_reply = "250 taken"
        there.until_sent(1)
        until(lambda: there.deliveries() == [("app_suspended", "delivered")])


def test_a_refused_recipient_does_not_stand_in_the_way_of_others(there: There) -> None:
    there.mails.refuse[OLGAS] = "550 no such user"
    from tests.examples import GUARDED, ask

    with there.telling():
        there.do(ask(GUARDED), SUSPEND)
        there.until_sent(1, ADMINS_ADDRESS)
        until(lambda: given_up(there))
    assert there.mails.subjects(ADMINS_ADDRESS) == ["A request of Weather waits for you"]


def test_a_receiver_that_fails_is_tried_again_with_the_same_id(there: There) -> None:
    secret = there.hook(NoticeKind.APP_SUSPENDED)
    there.receiver.answers = [500, 429]
    with there.telling():
        there.do(SUSPEND)
        until(lambda: there.deliveries("webhook") == [("app_suspended", "delivered")])
    assert len(there.receiver.arrived) == 3
    assert len({each.headers["webhook-id"] for each in there.receiver.arrived}) == 1
    assert all(each.checked(secret)["type"] == "app_suspended" for each in there.receiver.arrived)


def test_after_too_many_attempts_it_is_given_up_and_redelivery_begins_anew(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.workers import recording

    monkeypatch.setattr(recording, "WAIT_FACTOR", 1)
    there.hook(NoticeKind.APP_SUSPENDED)
    there.receiver.answers = [503] * NOTICE_ATTEMPTS_MAX
    with there.telling():
        there.do(SUSPEND)
        until(lambda: given_up(there), 40)
        assert given_up(there) == [("http 503", NOTICE_ATTEMPTS_MAX)]
        ((notice_id,),) = there.all("SELECT notice_id FROM notices.delivery WHERE channel = 'webhook'")
        there.do(Sent(RedeliverNotice(recipient_id=OLGA, notice_id=notice_id), OWNER))
        until(lambda: there.deliveries("webhook") == [("app_suspended", "delivered")])
        # What was delivered may be asked for again: the receiver has lost it.
        there.do(Sent(RedeliverNotice(recipient_id=OLGA, notice_id=notice_id), OWNER))
        until(lambda: len(there.receiver.arrived) == NOTICE_ATTEMPTS_MAX + 2)
        until(lambda: there.deliveries("webhook") == [("app_suspended", "delivered")])


def test_pauses_grow_and_differ() -> None:
    from datetime import timedelta
    from typing import Any, cast

    from adapters.workers.recording import WAIT_SECONDS_MAX, Recording
    from tests.notices.words import a_notice

    recording = Recording(cast("Any", None), timedelta(seconds=10))
    waits = [recording._wait(a_notice()._replace(attempts=attempts)).total_seconds() for attempts in range(NOTICE_ATTEMPTS_MAX)]
    assert all(0.8 * 10 * 5**n <= wait <= 1.2 * 10 * 5**n for n, wait in enumerate(waits[:5]))
    assert waits[-1] <= 1.2 * WAIT_SECONDS_MAX
    assert len({recording._wait(a_notice()) for _ in range(10)}) > 1


def test_what_waits_for_a_removed_webhook_is_given_up(there: There) -> None:
    there.hook(NoticeKind.APP_SUSPENDED)
    there.receiver.answers = [500]
    there.do(SUSPEND)
    there.work_once()
    there.work_once()
    assert there.deliveries("webhook") == [("app_suspended", "waiting")]
    there.do(Sent(RemoveWebhook(recipient_id=OLGA, webhook_id=HOOK), OWNER))
    with there.telling():
        until(lambda: given_up(there))
    assert given_up(there) == [("the webhook was removed", 2)]


def test_a_slow_receiver_holds_up_nobody_else(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.webhooks import posting
    from tests.notices.receiver import receiver

    monkeypatch.setattr(posting, "TOTAL_SECONDS", 2.0)
    with receiver() as slow:
        slow.trickles = True
        there.hook(NoticeKind.APP_SUSPENDED, url=slow.url, webhook_id=an_id("slow"))
        there.hook(NoticeKind.APP_SUSPENDED)
        with there.telling():
            there.do(SUSPEND)
            until(lambda: ("app_suspended", "delivered") in there.deliveries("webhook"))
            until(lambda: there.events("notice.failed.v1") >= 1)
            until(lambda: there.all("SELECT DISTINCT last_error FROM notices.delivery WHERE attempts > 0") == [("too slow",)])
    assert len(there.receiver.arrived) == 1


def test_what_is_out_and_could_not_be_recorded_is_remembered_and_not_sent_again(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        there.hook(NoticeKind.APP_SUSPENDED, webhook_id=an_id(f"hook {number}"))
    execute = Executor.execute
    away = iter([True] * 6)

    def answers_late(self: Executor, envelopes: Sequence[Envelope]) -> list[Outcome]:
        if any(each.name == "notice.record_delivery.v1" for each in envelopes) and next(away, False):
            raise LogUnavailable("away")
        return execute(self, envelopes)

    monkeypatch.setattr(Executor, "execute", answers_late)
    with there.telling():
        there.do(SUSPEND)
        until(lambda: there.events("notice.delivered.v1") == 4, 30)
    assert next(away, None) is None
    assert len(there.mails.to(OLGAS)) == 1
    assert len(there.receiver.arrived) == 3


def test_a_follower_that_is_late_makes_nobody_hear_twice(there: There) -> None:
    there.hook(NoticeKind.APP_SUSPENDED)
    there.do(SUSPEND)
    worker = there.worker()
    there.work_once(worker)
    with connect(there.url) as connection:
        for _ in range(3):  # The rows say that all of it waits, and the follower does not come.
            worker.work_once(connection)
    assert len(there.mails.to(OLGAS)) == len(there.receiver.arrived) == 1
    there.work_once(worker)
    there.work_once(worker)
    assert not worker._recording._settled
    assert len(there.mails.to(OLGAS)) == len(there.receiver.arrived) == 1


def test_a_receiver_with_many_that_wait_pushes_nobody_aside(there: There) -> None:
    from adapters.workers.calling import REQUESTS_OF_EACH_MAX, REQUESTS_PER_ROUND_MAX

    there.hook(NoticeKind.APP_SUSPENDED, url="http://127.0.0.1:9/", webhook_id=an_id("away"))
    apps = [an_id(f"app {number}") for number in range(REQUESTS_PER_ROUND_MAX + 1)]
    there.do(*(create(app_id=each, name=f"App {each}") for each in apps))
    there.do(*(SuspendApp(app_id=each, reason="abuse") for each in apps))
    there.work_once()
    there.hook(NoticeKind.APP_REINSTATED)
    there.do(ReinstateApp(app_id=apps[0]))
    there.work_once()
    with connect(there.url) as connection:
        found = answer(connection, requests_due(each=REQUESTS_OF_EACH_MAX, limit=REQUESTS_PER_ROUND_MAX))
    assert len(found) == REQUESTS_OF_EACH_MAX + 1
    there.work_once()
    assert len(there.receiver.arrived) == 1
