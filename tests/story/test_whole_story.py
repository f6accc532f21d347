"""The whole story, once, as it goes in production: Kafka, PostgreSQL, a mail server, four processes, and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from adapters.kafka.topics import EVENTS
from adapters.settings import Settings
from tests.kafka.bus import Heard
from tests.kafka.conftest import group, settings, without_bus
from tests.notices.mail_server import Mails, mail_server
from tests.story.town import ADMINS_ADDRESS, Said, Town, town

__all__ = ["group", "settings", "without_bus"]
A_TICKET = "ticket-4711"
"""Why the service acts: a cause of its own, which its command and all that follows from it carry on."""


@pytest.fixture
def there(settings: Settings, group: str) -> Iterator[Town]:
    """Everything runs."""
    with mail_server() as mails, town(with_mails(settings, mails), group, mails) as there:
        yield there


def with_mails(settings: Settings, mails: Mails) -> Settings:
    """The same, with a mail server, and mails that wait for no others."""
    sending = {"smtp_host": "127.0.0.1", "smtp_port": mails.port, "smtp_tls": "none", "smtp_from": "launchpad@example.com"}
    return settings.but(**sending, admin_emails=(ADMINS_ADDRESS,), mail_gather_seconds=0)


@pytest.mark.timeout(180)
def test_the_whole_story(there: Town) -> None:
    tides = there.grace.does("/v1/products", name="Tide Tables", needs_approval=True)["product_id"]
    app, key = an_app_waits_and_its_key_opens_nothing(there, tides)
    an_admin_is_told_and_approves(there, app, tides)
    the_developer_is_told_and_the_key_opens_the_product(there, app, key, tides)
    what_a_service_asked_for_is_rejected_with_a_reason(there, tides)
    a_rule_decides_what_needs_no_person(there, tides)
    run = a_bulk_run_suspends_what_was_on_its_list(there, app, key, tides)
    its_undo_lets_the_app_work_again(there, app, key, tides, run)
    team = the_app_goes_over_to_a_team_and_nothing_breaks(there, app, key, tides)
    who_is_removed_leaves_with_nothing_that_works(there, app, key, tides, team)
    heard = all_of_it_is_on_the_topic_in_order(there)
    everything_tells_what_caused_it(heard, run)
    what_happened_to_the_app_reads_like_this_story(there, heard, app)


def an_app_waits_and_its_key_opens_nothing(there: Town, tides: str) -> tuple[Said, Said]:
    app = there.ada.does("/v1/apps", name="Low Water", products=[tides])  # Her first sign-in registers her.
    key = there.ada.does(f"{app['at']}/credentials", kind="api_key")
    assert there.ada.sees(app["at"], after=key)["status"] == "pending"
    assert there.what_hinders(key, tides) == "credential_pending"
    return app, key


def an_admin_is_told_and_approves(there: Town, app: Said, tides: str) -> None:
    there.grace.gets_mail("A request of Low Water waits for you")
    review = there.grace.is_told("approval_waits", app_id=app["app_id"])["approval_id"]
    (waiting,) = there.grace.sees("/v1/approvals", after=app)["items"]
    assert (waiting["approval_id"], waiting["app_name"], waiting["owner_name"]) == (review, "Low Water", "ada")
    assert there.ada.may_not(f"/v1/approvals/{review}/decide", **deciding(tides, "grant")) == "not_allowed"
    there.grace.does(f"/v1/approvals/{review}/assign", assignee=there.grace.id)
    noted = there.grace.does(f"/v1/approvals/{review}/comments", text="the contract is signed")
    (waiting,) = there.grace.sees("/v1/approvals", after=noted, assignee=there.grace.id)["items"]
    assert waiting["last_comment"] == "the contract is signed"
    decided = there.grace.does(f"/v1/approvals/{review}/decide", **deciding(tides, "grant"), comment="welcome")
    assert there.grace.sees("/v1/approvals", after=decided)["items"] == []
    shown = there.ada.sees(f"/v1/approvals/{review}")
    assert (shown["status"], shown["decision_comment"], shown["comments"]) == ("granted", "welcome", None)


def the_developer_is_told_and_the_key_opens_the_product(there: Town, app: Said, key: Said, tides: str) -> None:
    assert there.what_hinders(key, tides) is None
    there.ada.is_told("approval_granted", app_id=app["app_id"])
    there.ada.gets_mail("Low Water: your request was granted")
    assert there.ada.sees(app["at"])["status"] == "active"


def what_a_service_asked_for_is_rejected_with_a_reason(there: Town, tides: str) -> None:
    app_id, owner = str(uuid4()), {"kind": "developer", "id": there.ada.id}
    data = {"app_id": app_id, "owner": owner, "name": "High Tide", "products": [tides]}
    sent = there.a_service_sends("app.create.v1", there.ada, A_TICKET, **data)
    assert sent["outcome"] == "accepted"
    (waiting,) = there.grace.sees("/v1/approvals", after=sent)["items"]
    review = f"/v1/approvals/{waiting['approval_id']}"
    rejected = there.grace.does(f"{review}/decide", **deciding(tides, "reject", reason="one app is enough"))
    there.ada.gets_mail("High Tide: your request was rejected")
    there.ada.is_told("approval_rejected", app_id=app_id)
    seen = there.ada.sees(f"/v1/apps/{app_id}", after=rejected)
    assert (seen["status"], seen["products"][0]["reason"]) == ("rejected", "one app is enough")


def a_rule_decides_what_needs_no_person(there: Town, tides: str) -> None:
    rule = {"name": "Our own test apps", "when": {"attributes": {"stage": "test"}}, "then": "approve"}
    there.grace.does("/v1/policy", "PUT", mode="conditional", rules=[rule])
    app = there.ada.does("/v1/apps", name="Ebb in Test", products=[tides], attributes={"stage": "test"})
    assert there.ada.sees(app["at"], after=app)["status"] == "active"
    assert there.grace.sees("/v1/approvals", after=app)["items"] == []
    there.ada.does(app["at"], "DELETE")


def a_bulk_run_suspends_what_was_on_its_list(there: Town, app: Said, key: Said, tides: str) -> Said:
    made = there.grace.does("/v1/bulk", action="suspend", reason="the terms have changed", criteria={"product_id": tides})
    tried = there.grace.waits_for("prepared", made["at"], after=made)
    assert (tried["targets"], tried["would_do"], tried["would_be_refused"]) == (1, 1, {})
    assert there.what_hinders(key, tides) is None  # The list is made, and nothing is done.
    started = there.grace.does(f"{made['at']}/start")
    run = there.grace.waits_for("finished", made["at"], after=started)
    assert (run["done"], run["refused"], run["started_by"]) == (1, {}, there.grace.id)
    assert there.what_hinders(key, tides) == "app_suspended"
    assert there.ada.is_told("app_suspended", app_id=app["app_id"])["reason"] == "the terms have changed"
    there.ada.gets_mail("Low Water was suspended")
    return run | {"at": made["at"]}


def its_undo_lets_the_app_work_again(there: Town, app: Said, key: Said, tides: str, run: Said) -> None:
    undo = there.grace.does(f"{run['at']}/undo")
    assert there.grace.waits_for("prepared", undo["at"], after=undo)["would_do"] == 1
    there.grace.waits_for("finished", undo["at"], after=there.grace.does(f"{undo['at']}/start"))
    assert there.what_hinders(key, tides) is None
    there.ada.is_told("app_reinstated", app_id=app["app_id"])
    there.ada.gets_mail("Low Water works again")


def the_app_goes_over_to_a_team_and_nothing_breaks(there: Town, app: Said, key: Said, tides: str) -> str:
    there.bob.does("/v1/developers/me", "PATCH", name="Bob")
    team = there.ada.does("/v1/teams", name="Harbour")
    there.ada.does(f"{team['at']}/invitations", developer_id=there.bob.id)
    there.bob.is_told("team_invited", team_id=team["team_id"])
    there.bob.gets_mail("The team Harbour has invited you")
    there.bob.does(f"{team['at']}/join")
    to = {"kind": "team", "id": team["team_id"]}
    there.ada.does(f"{app['at']}/transfer", to=to)
    accepted = there.ada.does(f"{app['at']}/transfer/accept", to=to)
    seen = there.bob.sees(app["at"], after=accepted)
    assert (seen["owner_kind"], seen["owner_name"], seen["status"]) == ("team", "Harbour", "active")
    assert there.what_hinders(key, tides) is None
    return str(team["at"])


def who_is_removed_leaves_with_nothing_that_works(there: Town, app: Said, key: Said, tides: str, team: str) -> None:
    offer = there.ada.does(f"{app['at']}/credential-offers", member=there.bob.id, kind="api_key", until=in_days(1))
    his = there.bob.does(f"{offer['at']}/take")
    assert there.what_hinders(his, tides) is None
    removed = there.ada.does(f"{team}/members/{there.bob.id}", "DELETE")
    assert there.bob.sees_nothing_at(app["at"], after=removed)
    there.bob.is_told("team_removed")
    (shown,) = there.ada.sees(f"{team}/members/{there.bob.id}/shown", after=removed)["items"]
    assert shown["credential_id"] == his["credential_id"]
    asked = there.ada.does(f"{team}/members/{there.bob.id}/rotate-shown", deadline=in_days(3), reason="Bob has left")
    assert [(each["credential_id"], each["outcome"]) for each in asked["outcomes"]] == [(his["credential_id"], "accepted")]
    new = there.ada.does(f"{app['at']}/credentials/{his['credential_id']}/rotate")
    there.ada.does(f"{app['at']}/credentials/{his['credential_id']}/end-overlap")
    assert there.what_hinders(his, tides) == "overlap_ended"
    assert [there.what_hinders(each, tides) for each in (new, key)] == [None, None]


def all_of_it_is_on_the_topic_in_order(there: Town) -> list[Heard]:
    last = there.grace.does("/v1/products", name="The last event")["position"]
    there.bus.until(lambda: {int(each.headers["ce_sequence"]) for each in there.bus.heard[EVENTS]} >= set(range(1, last + 1)), "all events")
    arrived = defaultdict(list)
    for each in there.bus.heard[EVENTS]:
        arrived[each.key].append(int(each.headers["ce_sequence"]))
    assert all(earlier < later for sequences in arrived.values() for earlier, later in pairwise(sequences))
    return sorted(there.bus.heard[EVENTS], key=lambda each: int(each.headers["ce_sequence"]))


def everything_tells_what_caused_it(heard: list[Heard], run: Said) -> None:
    came = {each.headers["ce_id"]: number for number, each in enumerate(heard)}
    followed = defaultdict(set)
    for number, each in enumerate(heard):
        if (cause := each.headers.get("ce_causationid")) not in {None, A_TICKET}:
            assert came[cause] < number  # It is on the topic, and came before.
        if cause is not None:
            followed[heard[came[cause]].headers["ce_type"] if cause in came else cause].add(each.headers["ce_type"])
    refused = {each.headers["ce_principal"] for each in heard if each.headers["ce_type"] == "command.refused.v1"}
    assert "system" not in refused  # What it does by itself, it may do, and does once.
    assert followed[A_TICKET] >= {"app.created.v1", "approval.opened.v1"}
    assert heard[came[run["start_event_id"]]].headers["ce_type"] == "bulk.started.v1"
    assert followed["bulk.started.v1"] >= {"app.suspended.v1", "app.reinstated.v1", "bulk.finished.v1"}
    for kind in (
        "approval.product_asked",
        "approval.granted",
        "approval.rejected",
        "app.suspended",
        "app.reinstated",
        "team.member_removed",
    ):
        assert "notice.addressed.v1" in followed[f"{kind}.v1"], kind


def what_happened_to_the_app_reads_like_this_story(there: Town, heard: list[Heard], app: Said) -> None:
    names = {there.ada.id: "ada", there.bob.id: "bob", there.grace.id: "grace", "system": "the system"}

    def by(headers: dict[str, str]) -> str:
        sender, principal = names[headers["ce_principal"].removeprefix("person:")], headers.get("ce_onbehalfof")
        return sender if principal is None else f"{sender} for {names[principal]}"

    happened = iter([(each.headers["ce_type"], by(each.headers)) for each in heard if each.headers["ce_subject"] == app["app_id"]])
    for told in (
        ("app.created.v1", "ada"),
        ("approval.opened.v1", "ada"),
        ("credential.issued.v1", "ada"),
        ("command.refused.v1", "ada"),
        ("approval.assigned.v1", "grace"),
        ("approval.commented.v1", "grace"),
        ("approval.granted.v1", "grace"),
        ("app.approved.v1", "grace"),
        ("credential.activated.v1", "grace"),
        ("app.suspended.v1", "the system for grace"),
        ("app.reinstated.v1", "the system for grace"),
        ("app.transfer_offered.v1", "ada"),
        ("app.transferred.v1", "ada"),
        ("credential_offer.made.v1", "ada"),
        ("credential_offer.taken.v1", "bob"),
        ("credential.rotation_demanded.v1", "ada"),
        ("credential.rotated.v1", "ada"),
        ("credential.revoked.v1", "ada"),
    ):
        assert told in happened, f"{told}, and after it: {list(happened)}"


def deciding(product: str, verdict: str, **why: str) -> dict[str, object]:
    """Of the only product that waits."""
    return {"decisions": [{"product_id": product, "verdict": verdict} | why]}


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
