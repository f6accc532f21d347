"""Who looks after an approval, and what admins note on it: hints, which hinder nobody and let nothing in."""

import pytest

from commands.comment_approval import CommentApproval
from commands.deactivate_developer import DeactivateDeveloper
from domain.approval import ApprovalAssigned, ApprovalCommented
from tests.commands.test_deciding_approvals import OTHER_ADMIN
from tests.examples import APP, GUARDED, OTHER_APP, OTTO, PENDING, approvals, assign, comment, create, decide, grant, withdraw
from tests.given import ADMIN, ANNA, OLGA, Sent, given

NOTE = ApprovalCommented(text="with legal", commented_by=ADMIN.text)


def test_an_open_approval_is_given_to_an_admin_to_another_and_to_nobody() -> None:
    there = given(PENDING)
    there.when(assign()).then(ApprovalAssigned(assignee=ANNA))
    there.when(assign(OTTO)).then(ApprovalAssigned(assignee=OTTO))
    there.when(assign(None)).then(ApprovalAssigned(assignee=None))


def test_giving_it_to_whom_it_is_given_already_changes_nothing() -> None:
    given(PENDING).when(assign(None)).then()
    given(PENDING, assign()).when(assign()).then()


def test_whoever_it_is_given_to_another_admin_may_decide() -> None:
    given(PENDING, assign()).when(decide(grant(GUARDED), by=OTHER_ADMIN)).then_accepted()


def test_what_is_over_is_given_to_nobody_else() -> None:
    assert "withdrawn" in given(PENDING, withdraw()).when(assign()).then_refused("already_decided")
    given(PENDING, assign(), decide(grant(GUARDED))).when(assign()).then()


def test_notes_are_written_while_it_is_open_and_after() -> None:
    given(PENDING).when(comment()).then(NOTE)
    given(PENDING, withdraw()).when(comment()).then(NOTE)


def test_the_same_note_of_the_same_admin_delivered_twice_is_one() -> None:
    there = given(PENDING, comment())
    there.when(comment()).then()
    there.when(comment(by=OTHER_ADMIN)).then(ApprovalCommented(text="with legal", commented_by=OTHER_ADMIN.text))
    there.when(comment()).then(NOTE)


def test_neither_waits_for_an_owner_in_good_standing() -> None:
    there = given(PENDING, DeactivateDeveloper(developer_id=OLGA, reason="left"))
    there.when(assign()).then_accepted()
    there.when(comment()).then_accepted()


def test_an_approval_of_another_app_is_unknown_here() -> None:
    there = given(PENDING, create(GUARDED, app_id=OTHER_APP, name="Other"))
    foreign = CommentApproval(app_id=APP, approval_id=approvals(there)[1], text="x")
    there.when(Sent(foreign, ADMIN)).then_refused("approval_unknown")


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001, "a\x00b"])
def test_a_note_says_something_that_can_be_shown(text: str) -> None:
    with pytest.raises(ValueError, match="text"):
        CommentApproval(app_id=APP, approval_id=APP, text=text)
