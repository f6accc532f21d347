"""The worker is killed with -9 at each step: nothing is lost, nothing is sent more than once more, and a rebuild sends nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from commands.suspend_app import SuspendApp
from domain.notice_kind import Channel, NoticeKind
from domain.preferences import Timing
from tests.counts import Counts
from tests.examples import APP
from tests.following.followed import until
from tests.notices.conftest import OLGAS, There, prefer
from tests.notices.notice_process import run_until_it_dies

ONE_WAY = {
    "email": {Channel.INBOX: Timing.IMMEDIATE, Channel.EMAIL: Timing.IMMEDIATE, Channel.WEBHOOK: Timing.OFF},
    "webhook": {Channel.INBOX: Timing.IMMEDIATE, Channel.EMAIL: Timing.OFF, Channel.WEBHOOK: Timing.IMMEDIATE},
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("channel", ONE_WAY)
@pytest.mark.parametrize(("step", "repeats"), [("raising", 0), ("raised", 0), ("sending", 0), ("sent", 1), ("recorded", 0)])
def test_killed_at_any_step_it_is_told_and_at_most_once_more(there: There, step: str, repeats: int, channel: str) -> None:
    there.hook()
    there.do(prefer({NoticeKind.APP_SUSPENDED: ONE_WAY[channel]}), SuspendApp(app_id=APP, reason="abuse"))
    assert run_until_it_dies(there.settings, step) == -9
    out = len(there.mails.to(OLGAS)) + len(there.receiver.arrived)
    assert out == {"sent": 1, "recorded": 1}.get(step, 0)
    with there.telling():
        until(lambda: there.events("notice.delivered.v1") == 1, 40)
    there.follow()
    assert len(there.mails.to(OLGAS)) + len(there.receiver.arrived) == 1 + repeats
    assert there.inbox() == ["app_suspended"]
    assert there.events("notice.addressed.v1") == 2
    told_by = {mail["Message-ID"] for mail in there.mails.to(OLGAS)} | {each.headers["webhook-id"] for each in there.receiver.arrived}
    assert len(told_by) == 1  # A receiver can tell the repeat.


@pytest.mark.timeout(240)
def test_killed_again_and_again_each_kill_brings_one_repeat_at_most(there: There, counts: Counts) -> None:
    there.do(SuspendApp(app_id=APP, reason="abuse"))
    kills = max(2, counts.kills // 10)
    for _ in range(kills):
        assert run_until_it_dies(there.settings, "sent") == -9
    with there.telling():
        until(lambda: there.events("notice.delivered.v1") == 1, 40)
    assert len(there.mails.to(OLGAS)) == 1 + kills
    assert len({mail["Message-ID"] for mail in there.mails.to(OLGAS)}) == 1


def test_a_rebuild_sends_nothing_and_makes_the_same_rows(there: There) -> None:
    there.hook()
    with there.telling():
        there.do(SuspendApp(app_id=APP, reason="abuse"))
        until(lambda: there.events("notice.delivered.v1") == 2)
    there.follow()
    tables = ("occasion", "inbox", "delivery")
    before = {table: there.all(f"SELECT * FROM notices.{table} ORDER BY 1") for table in tables}
    there.rebuild()
    assert {table: there.all(f"SELECT * FROM notices.{table} ORDER BY 1") for table in tables} == before
    head = there.all("SELECT max(notification_id) FROM log.events")
    there.work_once()
    assert there.all("SELECT max(notification_id) FROM log.events") == head
    assert Counter(there.mails.subjects(OLGAS)) == {"Weather was suspended": 1}
    assert len(there.receiver.arrived) == 1
