"""Who is told of what, by which way: from a command to an inbox, a mail and a webhook request."""

from __future__ import annotations

from commands.reinstate_app import ReinstateApp
from commands.suspend_app import SuspendApp
from tests.examples import APP
from tests.following.followed import until
from tests.notices.conftest import OLGAS, There
from tests.notices.mail_server import html_of, text_of


def test_an_owner_is_told_of_a_suspension_in_his_inbox_by_mail_and_by_webhook(there: There) -> None:
    secret = there.hook()
    with there.telling():
        there.do(SuspendApp(app_id=APP, reason="a hundred times <the> traffic"))
        there.until_sent(1)
        until(lambda: there.receiver.arrived)
    there.follow()
    assert there.inbox() == ["app_suspended"]
    (mail,) = there.mails.to(OLGAS)
    assert mail["Subject"] == "Weather was suspended"
    assert "Reason: a hundred times <the> traffic" in text_of(mail)
    assert "a hundred times &lt;the&gt; traffic" in html_of(mail)
    (request,) = there.receiver.arrived
    told = request.checked(secret)
    assert told["type"] == "app_suspended"
    assert told["data"]["app_id"] == str(APP)
    assert there.deliveries() == there.deliveries("webhook") == [("app_suspended", "delivered")]


def test_two(there: There) -> None:
    there.do(SuspendApp(app_id=APP, reason="x"), ReinstateApp(app_id=APP))
    there.work_once()
    there.work_once()
    assert there.inbox() == ["app_suspended", "app_reinstated"]
    assert there.mails.subjects(OLGAS) == ["2 notices: Weather was suspended, and more"]
