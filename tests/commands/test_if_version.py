"""What is asked of a version that is not there any more is refused, and never half done."""

import pytest

from commands.catalogue import CATALOGUE
from commands.edit_app import EditApp
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.suspend_app import SuspendApp
from domain.app import App
from tests.commands.test_fields import WHOLE, read
from tests.examples import ACTIVE, APP, OWNER
from tests.given import ADMIN, Given, Sent, given

EDIT = EditApp(app_id=APP, description="new")


def version(there: Given) -> int:
    return there.log.load([App.at(APP)], []).histories[App.at(APP)].version


def edit_if(there: Given, at: int, *before: Sent) -> Outcome:
    envelopes = [each.envelope() for each in before] + [Sent(EDIT, OWNER).envelope()._replace(if_version=at)]
    return Executor(there.log).execute(envelopes)[-1]


def test_an_unchanged_target_is_changed() -> None:
    there = given(*ACTIVE)
    assert edit_if(there, version(there)).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("off", [-1, 1])
def test_another_version_is_refused(off: int) -> None:
    there = given(*ACTIVE)
    refused = edit_if(there, version(there) + off)
    assert (refused.kind, refused.code) == (OutcomeKind.REFUSED, "changed_meanwhile")


def test_what_the_same_batch_did_before_counts() -> None:
    there = given(*ACTIVE)
    assert edit_if(there, version(there), Sent(SuspendApp(app_id=APP, reason="spam"), ADMIN)).code == "changed_meanwhile"


OF_MANY_NOTICES = {"notice.record_delivery.v1", "notice.record_failure.v1", "notice.redeliver.v1", "notice.mark_read.v1"}
"""What is about a message, or about somebody's notices: none of the streams that they read is what they are about."""


@pytest.mark.parametrize("name", sorted(CATALOGUE.keys() - OF_MANY_NOTICES))
def test_a_command_s_target_is_the_first_that_it_reads(name: str) -> None:
    command = read(name)
    assert name in WHOLE
    assert CATALOGUE[name].target(command).endswith(str(command.target))
