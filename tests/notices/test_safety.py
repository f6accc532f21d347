"""Webhooks go where they may and nowhere else, mails hold no secret and obey nobody's text, and nothing personal stands in the clear."""

from __future__ import annotations

import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import structlog
from standardwebhooks import WebhookVerificationError

from adapters.mail.message import NoAddress, checked_address, mail, subject_of
from adapters.mail.words import SAYS, Names, words_of
from adapters.settings import Settings
from adapters.webhooks import posting
from adapters.webhooks.addresses import NotAllowed, Unresolved, is_public, place_of
from adapters.webhooks.posting import NotDelivered, post
from commands.suspend_app import SuspendApp
from domain.notice_kind import NoticeKind
from tests.examples import APP, an_id
from tests.following.followed import until
from tests.given import OLGA
from tests.memory_log import NOW
from tests.notices.conftest import OLGAS, There
from tests.notices.mail_server import text_of
from tests.notices.receiver import Receiver
from tests.notices.words import a_notice

STRICT = Settings(database_url="postgresql://x@127.0.0.1/x", home=Path("/nonexistent"))
HTTP_TOO = STRICT.but(webhook_http=True)
OPEN = STRICT.but(webhook_http=True, webhook_private_addresses=True)

NOT_PUBLIC = [
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1"),
    *("192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%lo", "fc00::1", "fd12::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:a00:1::1", "fec0::1"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_of_the_public_internet_is_none_of_ours(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest"),
        *("https://2130706433/", "https://0x7f.1/", "https://127.1/"),
    ],
)
def test_however_a_private_address_is_spelt_it_is_refused(url: str) -> None:
    with pytest.raises((NotAllowed, Unresolved)):
        place_of(url, STRICT)


def test_without_tls_only_where_it_is_allowed() -> None:
    with pytest.raises(NotAllowed, match="https"):
        place_of("http://93.184.215.14/", STRICT)
    assert place_of("http://93.184.215.14/a?b=c", HTTP_TOO).target == "/a?b=c"


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotAllowed):
        place_of("https://rebound.example.com/", STRICT)


def test_the_judged_address_is_called_whatever_the_name_leads_to_by_then(hooks: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_of(hooks.url, OPEN)
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def noted(host: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - as getaddrinfo
        asked.append(host)
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    post(place._replace(host="rebound.invalid"), b"{}", {})
    assert set(asked) <= {"127.0.0.1"}  # Only the address, which needs no name server.
    assert hooks.arrived[0].headers["host"].startswith("rebound.invalid:")


def test_a_private_address_is_refused_at_the_delivery_as_well(there: There) -> None:
    there.hook(NoticeKind.APP_SUSPENDED)
    there.settings = there.settings.but(webhook_private_addresses=False)
    there.do(SuspendApp(app_id=APP, reason="abuse"))
    with there.telling():
        until(lambda: there.deliveries("webhook") == [("app_suspended", "given_up")])
    assert there.receiver.arrived == []


def test_redirects_are_not_followed(hooks: Receiver) -> None:
    hooks.answers, hooks.location = [307], hooks.url + "/elsewhere"
    with pytest.raises(NotDelivered, match="http 307"):
        post(place_of(hooks.url, OPEN), b"{}", {})
    assert [each.path for each in hooks.arrived] == ["/hook"]


def test_an_endless_answer_is_cut_off(hooks: Receiver) -> None:
    hooks.endless = True
    post(place_of(hooks.url, OPEN), b"{}", {})  # Its status was heard, and the rest is not read.


def test_a_trickling_answer_is_cut_off(hooks: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.5)
    hooks.trickles = True
    with pytest.raises(NotDelivered, match="too slow"):
        post(place_of(hooks.url, OPEN), b"{}", {})


def test_a_certificate_that_nobody_trusts_is_refused(hooks: Receiver) -> None:
    place = place_of(hooks.url, OPEN)._replace(scheme="https")
    with pytest.raises(NotDelivered):
        post(place, b"{}", {}, ssl.create_default_context())
    assert hooks.arrived == []


def test_a_changed_body_or_another_secret_is_seen_by_the_receiver(there: There) -> None:
    secret = there.hook(NoticeKind.APP_SUSPENDED)
    other = there.hook(NoticeKind.APP_REINSTATED, webhook_id=an_id("other"))
    with there.telling():
        there.do(SuspendApp(app_id=APP, reason="abuse"))
        until(lambda: there.receiver.arrived)
    (arrived,) = there.receiver.arrived
    assert arrived.checked(secret)["data"]["reason"] == "abuse"
    with pytest.raises(WebhookVerificationError):
        arrived._replace(body=arrived.body.replace(b"abuse", b"praise")).checked(secret)
    with pytest.raises(WebhookVerificationError):
        arrived.checked(other)


def test_a_name_is_no_header_and_no_markup() -> None:
    notice = a_notice(reason="<script>alert(1)</script>\n.\nBcc: eve@example.com")
    assert notice.app_id is not None
    words = words_of(notice, Names({notice.app_id: "Evil\r\nBcc: eve@example.com\r\n\r\n<img src=x onerror=y>"}, {}))
    made = mail(
        "a@example.com",
        [checked_address("ada@example.com")],
        [words],
        0,
        message_id=an_id("m"),
        now=NOW,
        base="https://x",
        unsubscribe=None,
    )
    headers = made.as_bytes().partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in headers
    assert made["Bcc"] is None
    html = made.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "<img" not in html.get_content()
    assert "\n" not in subject_of([words], 0)


@pytest.mark.parametrize(
    "address",
    [
        "(erased)",
        "",
        "a,b@example.com",
        "a@example.com, b@example.com",
        "Ada <a@example.com>",
        "a@example.com\r\nBcc: b@example.com",
        "ädä@example.com",
    ],
)
def test_what_is_not_one_plain_address_is_not_written_to(address: str) -> None:
    with pytest.raises(NoAddress):
        checked_address(address)


def test_a_key_that_somebody_quotes_is_masked_in_mails() -> None:
    key = "lpklive_c2a4d1f08d414b7a9b552f1de6c0a8e3_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
    words = words_of(a_notice(reason=f"{key} was seen in a repository"), Names({}, {}))
    assert words.reason == "lpklive_c2a4d1f08d414b7a9b552f1de6c0a8e3_*** was seen in a repository"


def test_the_link_that_ends_mails_is_neither_folded_nor_encoded() -> None:
    link = f"https://a-long-name-of-a-portal.example.com/unsubscribe/{'x' * 43}"
    words = words_of(a_notice(), Names({APP: "Ä" * 100}, {}))
    made = mail(
        "a@example.com", [checked_address("b@example.com")], [words], 0, message_id=APP, now=NOW, base="https://x", unsubscribe=link
    )
    lines = made.as_bytes().split(b"\r\n")
    assert f"List-Unsubscribe: <{link}>".encode() in lines
    assert max(map(len, lines[: lines.index(b"")])) <= 998  # RFC 5322; all others are folded.


def test_every_kind_of_notice_has_words() -> None:
    assert set(SAYS) == set(NoticeKind)


def test_no_address_and_no_secret_stands_in_logs_tables_or_events(there: There, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    secret = there.hook()
    there.mails.refuse[OLGAS] = "550 no such user as olga@example.org"
    with there.telling():
        there.do(SuspendApp(app_id=APP, reason="abuse"))
        until(lambda: there.events("notice.given_up.v1") == 1)
        until(lambda: there.receiver.arrived)
    there.follow()
    kept = json.dumps(
        [there.all(f"SELECT * FROM notices.{table}") for table in ("occasion", "inbox", "delivery")]
        + there.all("SELECT topic, state FROM log.events WHERE topic ~ '^(notice|occasion|webhook|preferences)'"),
        default=lambda value: value.decode() if isinstance(value, bytes) else str(value),
    )
    said = capsys.readouterr()
    assert "app_suspended" in kept
    assert "notice.raise.v1" in said.out + said.err
    for hidden in ("example.org", "olga", secret, secret.removeprefix("whsec_")):
        assert hidden not in kept
        assert hidden not in said.out + said.err


def test_a_mail_goes_to_the_address_of_the_moment(there: There) -> None:
    from commands.change_developer import ChangeDeveloper
    from tests.given import ADMIN, Sent

    there.do(SuspendApp(app_id=APP, reason="abuse"), Sent(ChangeDeveloper(developer_id=OLGA, email="new@example.org"), ADMIN))
    with there.telling():
        there.until_sent(1, "new@example.org")
    assert "Weather" in text_of(there.mails.to("new@example.org")[0])
    assert there.mails.to(OLGAS) == []
