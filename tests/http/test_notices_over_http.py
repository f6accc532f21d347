"""Notices over HTTP: inboxes, preferences, webhooks whose secrets are shown once, what is on its way, and the link that ends mails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import developer_id
from adapters.mail.unsubscribing import LINK_KEY, token_for
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.workers.notices import NoticeWorker
from domain.notice import PORTAL_ADMINS
from projections.notices import NOTICES
from tests.following.followed import until
from tests.http.conftest import As, create_app, is_problem, register
from tests.notices.receiver import Receiver, receiver

pytestmark = pytest.mark.usefixtures("follower")


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.but(webhook_http=True, webhook_private_addresses=True, mail_gather_seconds=0)


@pytest.fixture(scope="module")
def telling(launchpad: Launchpad) -> Iterator[None]:
    codec = EventCodec(launchpad.vault.personal_data)
    with (
        Follower(launchpad.settings.database, FillsTables(NOTICES, codec)),
        NoticeWorker(launchpad.settings, launchpad.log, launchpad.vault) as worker,
    ):
        yield
    assert worker.failed is None


@pytest.fixture(scope="module")
def ada(as_: As, telling: None) -> httpx.Client:
    client = as_("developer:ada")
    register(client, "ada")
    return client


@pytest.fixture(scope="module")
def grace(as_: As) -> httpx.Client:
    return as_("admin:grace")


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


@pytest.fixture
def app(ada: httpx.Client) -> str:
    return create_app(ada, developer_id("ada"), f"App {uuid4()}")[0]


def suspend(grace: httpx.Client, app: str) -> None:
    assert grace.post(f"/v1/apps/{app}/suspend", json={"reason": "abuse"}).status_code == 200


def inbox(client: httpx.Client, **asked: object) -> list[dict[str, object]]:
    found = client.get("/v1/inbox", params={name: str(value) for name, value in asked.items()})
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


def of(app: str, told: list[dict[str, object]]) -> list[dict[str, object]]:
    return [each for each in told if each["app_id"] == app]


def test_an_inbox_shows_what_was_told_and_what_was_read(ada: httpx.Client, grace: httpx.Client, app: str) -> None:
    suspend(grace, app)
    until(lambda: of(app, inbox(ada)))
    ((told,),) = [of(app, inbox(ada, unread=True))]
    assert (told["kind"], told["reason"], told["read_at"]) == ("app_suspended", "abuse", None)
    assert str(told["app_name"]).startswith("App ")
    read = ada.post("/v1/inbox/read", json={"notices": [told["notice_id"]]})
    assert read.status_code == 200, read.text
    position = read.json()["position"]
    assert of(app, inbox(ada, unread=True, min_position=position)) == []
    assert of(app, inbox(ada))[0]["read_at"] is not None
    assert is_problem(ada.post("/v1/inbox/read", json={"notices": [str(uuid4())]}), 404, "notice_unknown")


def test_an_inbox_comes_a_page_at_a_time(ada: httpx.Client, grace: httpx.Client, app: str) -> None:
    suspend(grace, app)
    assert grace.post(f"/v1/apps/{app}/reinstate").status_code == 200
    until(lambda: len(of(app, inbox(ada))) == 2)
    first = ada.get("/v1/inbox", params={"limit": 1}).json()
    second = ada.get("/v1/inbox", params={"limit": 1, "cursor": first["next"]}).json()
    assert [each["items"][0]["kind"] for each in (first, second)] == ["app_reinstated", "app_suspended"]


def test_what_portal_admins_share_is_for_them(ada: httpx.Client, grace: httpx.Client, app: str, as_: As) -> None:
    product = grace.post("/v1/products", json={"name": f"Guarded {uuid4()}", "needs_approval": True}).json()["product_id"]
    assert ada.post(f"/v1/apps/{app}/products", json={"products": [product]}).status_code == 200
    until(lambda: of(app, inbox(grace, audience="portal_admins")))
    (told,) = of(app, inbox(as_("admin:other"), audience="portal_admins"))
    assert (told["kind"], told["recipient_id"]) == ("approval_waits", str(PORTAL_ADMINS))
    assert grace.post("/v1/inbox/read", params={"audience": "portal_admins"}, json={"notices": [told["notice_id"]]}).status_code == 200
    assert is_problem(ada.get("/v1/inbox", params={"audience": "portal_admins"}), 403, "not_allowed")
    assert is_problem(as_("service:billing").get("/v1/inbox"), 403, "not_allowed")


def test_a_service_reads_the_inbox_of_whom_it_may_act_for(as_: As, ada: httpx.Client) -> None:
    who = developer_id("ada")
    assert as_("service:portal", may_act=[who]).get("/v1/inbox", params={"onbehalfof": str(who)}).status_code == 200
    assert is_problem(as_("service:portal").get("/v1/inbox", params={"onbehalfof": str(who)}), 403, "may_not_act_for")


def test_preferences_are_shown_whole_and_set_by_version(as_: As) -> None:
    bob = as_("developer:bob")
    register(bob, "bob")
    shown = bob.get("/v1/preferences")
    assert shown.json()["timings"]["app_suspended"] == {"inbox": "immediate", "email": "immediate", "webhook": "immediate"}
    wanted = {"timings": {"approval_granted": {"email": "daily"}}, "digest_hour": 5}
    assert bob.put("/v1/preferences", json=wanted, headers={"if-match": shown.headers["etag"]}).status_code == 200
    assert is_problem(bob.put("/v1/preferences", json=wanted, headers={"if-match": shown.headers["etag"]}), 412, "changed_meanwhile")
    now = bob.get("/v1/preferences").json()
    assert (now["timings"]["approval_granted"]["email"], now["digest_hour"]) == ("daily", 5)
    off = {"timings": {"app_suspended": {"inbox": "off"}}}
    assert is_problem(bob.put("/v1/preferences", json=off), 409, "security_notice")
    assert is_problem(bob.put("/v1/preferences", json={"timings": {"nothing": {}}}), 422, "invalid")


def test_a_webhooks_secret_is_shown_once_and_signs_what_it_is_told(
    ada: httpx.Client, grace: httpx.Client, app: str, hooks: Receiver, launchpad: Launchpad
) -> None:
    said = {"url": hooks.url, "kinds": ["app_suspended"]}
    made = ada.post("/v1/webhooks", json=said, headers={"idempotency-key": "one"})
    assert made.status_code == 201, made.text
    secret, webhook = made.json()["secret"], made.json()["webhook_id"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    again = ada.post("/v1/webhooks", json=said, headers={"idempotency-key": "one"}).json()
    assert (again["webhook_id"], again["secret"]) == (webhook, None)
    assert "register it anew" in again["advice"]
    assert ada.post(f"/v1/webhooks/{webhook}/secret").json()["secret"] is None
    assert [each["webhook_id"] for each in ada.get("/v1/webhooks").json()["items"]] == [webhook]
    suspend(grace, app)
    until(lambda: hooks.arrived)
    assert hooks.arrived[0].checked(secret)["data"]["app_id"] == app
    with psycopg.connect(launchpad.settings.vault) as vault:
        kept = vault.execute("SELECT name, sealed FROM vault.secrets WHERE name LIKE 'webhook %'").fetchall()
    assert [name for name, _ in kept] == [f"webhook {developer_id('ada')} {webhook}"]
    assert secret.encode() not in kept[0][1]
    assert ada.delete(f"/v1/webhooks/{webhook}").status_code == 200
    assert ada.get("/v1/webhooks").json()["items"] == []
    assert is_problem(ada.post(f"/v1/webhooks/{webhook}/secret"), 404, "webhook_unknown")


def test_a_webhook_that_was_registered_by_command_has_its_secret_fetched(ada: httpx.Client, as_: As) -> None:
    webhook = str(uuid4())
    data = {"recipient_id": str(developer_id("ada")), "webhook_id": webhook, "url": "https://example.com/hook"}
    sent = {"id": str(uuid4()), "type": "webhook.register.v1", "data": data}
    assert ada.post("/v1/commands", json=sent).json()["outcome"] == "accepted"
    assert is_problem(as_("developer:eve").post(f"/v1/webhooks/{webhook}/secret"), 404, "webhook_unknown")
    assert ada.post(f"/v1/webhooks/{webhook}/secret").json()["secret"].startswith("whsec_")
    assert ada.post(f"/v1/webhooks/{webhook}/secret").json()["secret"] is None
    assert ada.delete(f"/v1/webhooks/{webhook}").status_code == 200


@pytest.mark.parametrize("address", ["https://127.0.0.1/", "http://93.184.215.14/", "https://nowhere.invalid/"])
def test_an_address_that_may_not_be_called_is_refused_at_once(
    ada: httpx.Client, launchpad: Launchpad, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launchpad, "settings", launchpad.settings.but(webhook_http=False, webhook_private_addresses=False))
    refused = ada.post("/v1/webhooks", json={"url": address})
    assert is_problem(refused, 422, "invalid")
    assert refused.json()["errors"][0]["field"] == "url"
    assert ada.get("/v1/webhooks").json()["items"] == []


def test_what_could_not_be_delivered_is_listed_and_sent_again(
    ada: httpx.Client, grace: httpx.Client, app: str, hooks: Receiver, as_: As
) -> None:
    made = ada.post("/v1/webhooks", json={"url": hooks.url, "kinds": ["app_suspended"]}).json()
    hooks.answers = [500]
    suspend(grace, app)

    def mine(client: httpx.Client, **asked: object) -> list[dict[str, object]]:
        found = client.get("/v1/notices", params={name: str(value) for name, value in asked.items()}).json()["items"]
        return [each for each in found if each["webhook_id"] == made["webhook_id"]]

    until(lambda: [each["last_error"] for each in mine(ada, status="waiting")] == ["http 500"])
    (waiting,) = mine(ada)
    assert mine(as_("developer:eve")) == []
    assert is_problem(ada.get("/v1/notices", params={"everybody": "true"}), 403, "not_allowed")
    assert [each["notice_id"] for each in mine(grace, everybody=True)] == [waiting["notice_id"]]
    again = f"/v1/notices/{waiting['notice_id']}/redeliver"
    assert is_problem(as_("developer:eve").post(again), 403, "not_allowed")
    assert grace.post(again).status_code == 200
    until(lambda: [each["status"] for each in mine(ada)] == ["delivered"])
    assert is_problem(ada.post(f"/v1/notices/{uuid4()}/redeliver"), 404, "notice_unknown")


def test_the_link_in_a_mail_ends_mails_and_nothing_else(nobody: httpx.Client, as_: As, launchpad: Launchpad) -> None:
    cleo = as_("developer:cleo")
    register(cleo, "cleo")
    assert cleo.put("/v1/preferences", json={"timings": {"app_reinstated": {"webhook": "off"}}}).status_code == 200
    link = f"/unsubscribe/{token_for(launchpad.vault.secret(LINK_KEY), developer_id('cleo'))}"
    asked = nobody.get(link)
    assert asked.status_code == 200
    assert '<form method="post">' in asked.text
    before = cleo.get("/v1/preferences").json()["timings"]
    assert before["app_suspended"]["email"] == "immediate"  # Looking at a link does nothing.
    assert nobody.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    timings = cleo.get("/v1/preferences").json()["timings"]
    assert {each["email"] for each in timings.values()} == {"off"}
    assert (timings["app_reinstated"]["webhook"], timings["app_suspended"]["inbox"]) == ("off", "immediate")
    for wrong in ("x", link[13:-1] + ("A" if link[-1] != "A" else "B"), "%00"):
        assert is_problem(nobody.post(f"/unsubscribe/{wrong}"), 404, "link_unknown")


def test_ids_are_those_of_the_log(ada: httpx.Client, grace: httpx.Client, app: str) -> None:
    suspend(grace, app)
    until(lambda: of(app, inbox(ada)))
    assert UUID(str(of(app, inbox(ada))[0]["notice_id"])).version == 5
