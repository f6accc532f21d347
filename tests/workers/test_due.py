"""What falls due happens by itself, once, whoever sends it and however often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from adapters.postgres.questions import answer
from adapters.workers.due import command_id, envelope
from commands.command import Command, Envelope
from commands.deactivate_developer import DeactivateDeveloper
from commands.demand_rotation import DemandRotation
from commands.executor import Executor
from commands.offer_transfer import OfferTransfer
from commands.outcome import Outcome, OutcomeKind
from commands.revoke_credential import RevokeCredential
from commands.suspend_app import SuspendApp
from domain.credential import AtDeadline
from domain.owner import Owner
from readmodels.todo import Due, next_due, waiting
from tests.examples import APP, GUARDED, KEY, NEW_KEY, OWNER, an_id, create, issue, rotate
from tests.following.followed import until
from tests.given import ADMIN, OLGA, Sent
from tests.workers.conftest import There

SOON = timedelta(seconds=1)


def demand(at: datetime, then: AtDeadline) -> DemandRotation:
    return DemandRotation(app_id=APP, credential_id=KEY, deadline=at, then=then, reason="broken into")


def expiring(at: datetime) -> list[Command]:
    return [issue(expires_at=at)]


def rotated(at: datetime) -> list[Command]:
    # The end is reckoned from the decision's time: a little after what was asked for here.
    return [issue(), rotate(overlap=SOON)]


def demanded(at: datetime) -> list[Command]:
    return [issue(), demand(at, AtDeadline.REVOKE)]


def reported(at: datetime) -> list[Command]:
    return [issue(), demand(at, AtDeadline.REPORT)]


@pytest.mark.parametrize(
    ("makes", "reason", "happens", "ends_as"),
    [
        (expiring, "expired", ["expired"], "expired"),
        (rotated, "overlap_ended", ["revoked"], "overlap_ended"),
        (demanded, "revoked", ["rotation_missed", "revoked"], "revoked"),
        (reported, None, ["rotation_missed"], "active"),
    ],
)
def test_what_falls_due_is_recorded_by_itself_and_a_gateway_was_told_before(
    there: There, makes: Callable[[datetime], list[Command]], reason: str | None, happens: list[str], ends_as: str
) -> None:
    at = there.now + SOON
    there.do(*makes(at))
    assert there.may_call().allowed
    there.follow()
    ((*_, due_at, _),) = there.to_do()
    before = there.events()
    there.wait_until_due(due_at)
    assert there.may_call().reason == reason  # Nobody has recorded anything yet.
    assert there.events() == before
    with there.reacting():
        until(lambda: there.events() == before + happens)
        until(lambda: not there.to_do())
    assert there.may_call().reason == reason
    assert there.all("SELECT status FROM access.credential WHERE credential_id = %s", KEY) == [(ends_as,)]
    assert there.all(
        "SELECT bool_and(recorded_at >= %s), min(principal) FROM log.events WHERE command_id = ANY (%s)", due_at, ids(there)
    ) == [(True, "system")]


def ids(there: There) -> list[object]:
    """The ids of the system's own commands."""
    return [each for (each,) in there.all("SELECT command_id FROM log.outcomes WHERE principal = 'system'")]


def test_it_sleeps_until_something_falls_due(there: There) -> None:
    with there.reacting():
        at = there.now + SOON
        there.do(issue(expires_at=at))
        until(lambda: there.events()[-1] == "expired")
        ((recorded_at,),) = there.all("SELECT recorded_at FROM log.events WHERE topic = 'credential.expired.v1'")
        assert recorded_at >= at
        assert there.all("SELECT count(*) FROM log.events WHERE topic = 'command.refused.v1'") == [(0,)]


def test_two_workers_at_once_have_one_effect(there: There) -> None:
    at = there.now + SOON
    keys = [an_id(f"key {number}") for number in range(10)]
    there.do(*(issue(key, expires_at=at) for key in keys))
    there.follow()
    there.wait_until_due(at)
    with there.worker(3) as one, there.worker(4) as other, there.following():
        until(lambda: not there.to_do())
    assert one.failed is other.failed is None
    assert [there.events(key)[-1] for key in keys] == ["expired"] * 10
    assert there.all("SELECT count(*) FROM log.events WHERE topic = 'credential.expired.v1'") == [(10,)]
    assert there.all("SELECT count(*) FROM log.events WHERE topic = 'command.refused.v1'") == [(0,)]


def test_a_rebuild_names_the_same_commands_and_sends_nothing_twice(there: There) -> None:
    at = there.now + SOON
    there.do(issue(expires_at=at), issue(an_id("lasting"), expires_at=at + timedelta(days=1)))
    there.follow()
    rows, named = there.to_do(), there.ids()
    there.rebuild()
    assert (there.to_do(), there.ids()) == (rows, named)
    there.wait_until_due(at)
    due = there.due()
    assert [each.target_id for each in due] == [KEY]
    there.send_once()
    head = there.head()
    # The follower has not seen it yet; whoever remembers nothing sends it again, and nothing comes of it.
    assert there.due() == due
    there.send_once()
    assert there.head() == head
    assert len(ids(there)) == 1
    there.rebuild()
    assert there.due() == ()
    there.send_once()
    assert there.head() == head


def test_a_worker_asks_once_for_what_the_follower_has_not_seen_yet(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    at = there.now + SOON
    there.do(*(issue(an_id(f"key {number}"), expires_at=at) for number in range(5)))
    there.follow()
    there.wait_until_due(at)
    asked: list[int] = []
    execute = Executor.execute

    def counted(self: Executor, envelopes: Sequence[Envelope]) -> list[Outcome]:
        asked.append(len(envelopes))
        return execute(self, envelopes)

    monkeypatch.setattr(Executor, "execute", counted)
    worker = there.worker(2)
    for _ in range(3):
        there.send_once(worker)
    assert asked == [2, 2, 1]
    there.follow()
    there.send_once(worker)
    assert not worker._answered


def test_nothing_comes_of_what_was_met_meanwhile(there: There) -> None:
    at = there.now + SOON
    other = an_id("other")
    there.do(issue(), issue(other, expires_at=at), demand(at, AtDeadline.REVOKE))
    there.follow()  # And no further: what comes now, the worker does not know.
    there.do(rotate(overlap=timedelta(hours=1)), RevokeCredential(app_id=APP, credential_id=other, reason="lost"))
    there.wait_until_due(at)
    head = there.head()
    assert {each.reaction for each in there.due()} == {"miss_rotation", "expire"}
    there.send_once()
    assert there.head() == head
    assert there.all("SELECT kind FROM log.outcomes WHERE principal = 'system'") == [("accepted",)] * 2
    assert there.may_call(KEY).reason == "overlap_ended"  # The overlap was cut at the deadline.
    assert there.may_call(NEW_KEY).allowed


def test_what_was_asked_too_early_or_by_a_stranger_happens_all_the_same(there: There) -> None:
    """An outcome is for ever: an id that was used up by a clock that went back, or by whoever guessed it, can't bring the effect."""
    at = there.now + SOON
    other = an_id("other")
    there.do(issue(expires_at=at), issue(other, expires_at=at))
    there.follow()
    early, guessed = (Due(*row) for row in sorted(there.to_do(), key=lambda row: row[0] != KEY))
    (outcome,) = Executor(there.launchpad.log).execute([envelope(early)])
    assert outcome.code == "not_due"
    revoke = RevokeCredential(app_id=APP, credential_id=uuid4(), reason="mine")
    (outcome,) = there.send(Sent(revoke, OWNER, command_id=envelope(guessed).command_id))
    assert outcome.kind is OutcomeKind.REFUSED
    there.wait_until_due(at)
    with there.reacting():
        until(lambda: not there.to_do())
    assert there.events(KEY)[-1] == there.events(other)[-1] == "expired"


def test_a_suspended_apps_credentials_end_as_well(there: There) -> None:
    at = there.now + SOON
    there.do(issue(expires_at=at), SuspendApp(app_id=APP, reason="abuse"))
    there.follow()
    there.wait_until_due(at)
    there.send_once()
    assert there.events()[-1] == "expired"


def test_an_overlap_that_ends_with_the_expiry_counts_as_the_expiry(there: There) -> None:
    at = there.now + SOON
    there.do(issue(expires_at=at), rotate(overlap=timedelta(hours=1), expires_at=at + timedelta(days=1)))
    there.follow()
    there.wait_until_due(at)
    assert [each.reaction for each in there.due()] == ["expire", "end_overlap"]
    there.send_once()
    assert there.events()[-1] == "expired"


def test_what_waits_is_told_to_whoever_looks(there: There) -> None:
    with there.launchpad.pool.connection() as connection:
        assert answer(connection, next_due())[0].seconds is None
        at = there.now + SOON
        there.do(issue(expires_at=at))
        there.follow()
        assert 0 < (answer(connection, next_due())[0].seconds or 0) <= 1
        assert answer(connection, waiting())[0] == (0, 0)
        there.wait_until_due(at)
        (now,) = answer(connection, waiting())
        assert now.due == 1
        assert now.seconds >= 0


LEFT = DeactivateDeveloper(developer_id=OLGA, reason="left")


def test_the_apps_of_a_developer_who_was_deactivated_are_suspended_by_the_system(there: There) -> None:
    other, pending = an_id("other app"), an_id("pending app")
    there.do(create(app_id=other, name="Second"), create(GUARDED, app_id=pending, name="Third"), LEFT)
    there.follow()
    assert {(each.reaction, each.target_id) for each in there.due()} == {("suspend", APP), ("suspend", other)}
    ids = {command_id(each) for each in there.due()}
    there.rebuild()
    assert {command_id(each) for each in there.due()} == ids  # The same commands, whoever sends them.
    with there.reacting():
        until(lambda: not there.due())
    suspended = there.all("SELECT app_id, principal FROM log.events WHERE topic = 'app.suspended.v1' ORDER BY 1")
    assert sorted(suspended) == sorted([(APP, "system"), (other, "system")])
    reasons = "SELECT DISTINCT convert_from(state, 'UTF8')::jsonb ->> 'reason' FROM log.events WHERE topic = 'app.suspended.v1'"
    assert there.all(reasons) == [("owner_deactivated",)]


def test_an_app_that_went_over_in_time_is_not_suspended(there: There) -> None:
    there.do(LEFT, Sent(OfferTransfer(app_id=APP, to=Owner(id=an_id("otto")), at_once=True), ADMIN))
    there.follow()
    assert there.due() == ()


def test_an_app_that_its_new_owner_is_deactivated_with_is_suspended_as_well(there: There) -> None:
    otto = an_id("otto")
    there.do(DeactivateDeveloper(developer_id=otto, reason="left"))
    there.follow()
    assert there.due() == ()
    there.do(LEFT)
    there.follow()
    there.send_once()
    there.send_once()  # The same again, from a worker that remembers nothing.
    assert there.all("SELECT count(*) FROM log.events WHERE topic = 'app.suspended.v1'") == [(1,)]
