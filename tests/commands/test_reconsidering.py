"""No laundering: what an app was let in with is what it is held to, and a change of it meets the policy anew."""

from commands.add_products import AddProducts
from commands.change_product import ChangeProduct
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.principal import person
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.set_approval_policy import SetApprovalPolicy
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from domain.app import (
    App,
    AppApproved,
    AppAttributesSet,
    AppEdited,
    AppRejected,
    SubscriptionApproved,
    SubscriptionRejected,
    SubscriptionRemoved,
    SubscriptionReturned,
)
from domain.approval import (
    Approval,
    ApprovalGranted,
    ApprovalOpened,
    ApprovalProductAsked,
    ApprovalProductStaysOpen,
    ApprovalRejected,
    ApprovalWithdrawn,
)
from domain.approval_policy import NO_RULE_HELD, PolicyMode
from domain.approval_rules import PolicyAnswer
from domain.command_refused import CommandRefused
from domain.credential import Credential, CredentialActivated
from domain.developer import RejectionsRemembered
from domain.state import State
from tests.examples import (
    ALSO_GUARDED,
    APP,
    FREE,
    GUARDED,
    KEY,
    OF_TEAM,
    OTHER_APP,
    OTTO,
    SCENE,
    approvals,
    create,
    decide,
    grant,
    issue,
    of_team,
    policy,
    reject,
    withdraw,
)
from tests.given import ADMIN, Given, Step, When, by, given

INTERNAL = {"name": "internal", "when": {"attributes": {"kind": "internal"}}, "then": "approve"}
INTERNAL_FOR_GOOD = {**INTERNAL, "when_changed": "stay_open"}
BANNED = {"name": "banned", "when": {"attributes": {"kind": ["spam", "scam"]}}, "then": "reject", "reason": "not here"}
OURS = {"name": "ours", "when": {"callback_hosts": {"all": ["*.example.com"]}}, "then": "approve"}
PARTNERS = {"name": "partners", "when": {"attributes": {"kind": "partner"}}, "then": "review"}
RULES = policy(BANNED, INTERNAL, OURS, PARTNERS)


def kind(value: str) -> SetAttributes:
    return SetAttributes(app_id=APP, attributes={"kind": value})


def at(*hosts: str) -> EditApp:
    return EditApp(app_id=APP, callback_urls=tuple(f"https://{host}/" for host in hosts))


def app_of(kind_: str | None = None, *products: object) -> tuple[Step, ...]:
    """Its product is asked for once its attribute is there."""
    attributes = [] if kind_ is None else [kind(kind_)]
    return (create(), *attributes, AddProducts.model_validate({"app_id": APP, "products": products or (GUARDED,)}))


BY_RULE = (*SCENE, RULES, *app_of("internal"))
"""A rule let it in."""
ASK_AGAIN = AddProducts(app_id=APP, products=(GUARDED,))
BY_PERSON = (*SCENE, RULES, *app_of(), decide(grant(GUARDED)))
"""No rule held, and a person let it in."""


def asked(done: When | Given) -> list[tuple[PolicyAnswer, str, dict[str, str]]]:
    """What was recorded of requests: the answer, the rule, and the attributes that the policy saw."""
    appended = done.appended if isinstance(done, When) else done.log.appended
    return [(e.answer, e.rule, e.input.attributes) for e in (new.event for new in appended) if isinstance(e, ApprovalProductAsked)]


def in_review(done: When) -> list[type]:
    """The kinds of events of the approval, in order."""
    return [type(new.event) for new in done.appended if new.stream.startswith(Approval.KIND)]


def test_what_a_rule_let_in_returns_to_review_when_the_rule_no_longer_holds() -> None:
    there = given(BY_RULE)
    done = there.when(kind("other"))
    (review,) = {State.id_in(new.stream) for new in done.appended if new.stream.startswith(Approval.KIND)}
    done.then_in(App, APP, AppAttributesSet(attributes={"kind": "other"}), SubscriptionReturned(product_id=GUARDED, approval_id=review))
    assert review == approvals(there)[-1] != approvals(there)[0]
    assert in_review(done) == [ApprovalOpened, ApprovalProductAsked]
    assert asked(done) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {"kind": "other"})]


def test_what_returns_goes_into_the_open_approval() -> None:
    there = given(
        SCENE,
        policy({"name": "one", "when": {"products": [str(GUARDED)], "attributes": {"kind": "x"}}, "then": "approve"}),
        app_of("x"),
        AddProducts(app_id=APP, products=(ALSO_GUARDED,)),
    )
    waiting = approvals(there)[-1]
    done = there.when(kind("y"))
    done.then_in(App, APP, AppAttributesSet(attributes={"kind": "y"}), SubscriptionReturned(product_id=GUARDED, approval_id=waiting))
    assert in_review(done) == [ApprovalProductAsked, ApprovalProductAsked]  # The one that waited is asked anew with what is so now.


def test_a_returned_product_is_granted_by_a_person_and_closed_again_by_a_change_that_the_policy_tells_apart() -> None:
    there = given(BY_RULE, kind("other"), decide(grant(GUARDED)))
    there.when(kind("another")).then(AppAttributesSet(attributes={"kind": "another"}))  # No rule tells these apart.
    assert asked(there.when(kind("partner"))) == [(PolicyAnswer.REVIEW, "partners", {"kind": "partner"})]


def test_a_returned_product_that_is_rejected_leaves_the_app_active() -> None:
    done = given(BY_RULE, kind("other")).when(decide(reject(GUARDED)))
    done.then_in(App, APP, SubscriptionRejected(product_id=GUARDED, reason="not yet"))


def test_a_returned_product_that_is_withdrawn_is_removed_and_the_app_stays_active() -> None:
    done = given(BY_RULE, kind("other")).when(withdraw())
    done.then_in(App, APP, SubscriptionRemoved(product_id=GUARDED))
    assert in_review(done) == [ApprovalWithdrawn]


def test_who_changed_the_app_can_not_decide_what_returned() -> None:
    given(BY_RULE, by(ADMIN, kind("other"))).when(decide(grant(GUARDED), by=ADMIN)).then_refused("own_request")


def test_changing_back_lets_the_rule_let_it_in_again() -> None:
    done = given(BY_RULE, kind("other")).when(kind("internal"))
    done.then_in(App, APP, AppAttributesSet(attributes={"kind": "internal"}), SubscriptionApproved(product_id=GUARDED))
    assert in_review(done) == [ApprovalProductAsked, ApprovalGranted]


def test_a_rule_that_rejects_closes_at_once_and_for_good() -> None:
    done = given(BY_RULE).when(kind("spam"))
    assert [type(new.event) for new in done.appended if new.stream == App.at(APP)] == [
        AppAttributesSet,
        SubscriptionReturned,
        SubscriptionRejected,
    ]
    assert in_review(done) == [ApprovalOpened, ApprovalProductAsked, ApprovalRejected]


def test_what_a_rule_rejected_is_not_open_again_by_changing_back_but_only_by_asking_again() -> None:
    there = given(BY_RULE, kind("spam"))
    there.when(kind("internal")).then(AppAttributesSet(attributes={"kind": "internal"}))
    (event,) = [new.event for new in there.when(ASK_AGAIN).appended if isinstance(new.event, ApprovalProductAsked)]
    assert (event.answer, event.rule, event.input.earlier_rejections) == (PolicyAnswer.APPROVE, "internal", 1)


def test_removing_the_attribute_is_a_change_as_well() -> None:
    done = given(BY_RULE).when(RemoveAttributes(app_id=APP, names=("kind",)))
    assert asked(done) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]
    done = given(BY_RULE).when(EditApp(app_id=APP, attributes={"kind": None}))
    assert asked(done) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]


def test_another_callback_host_is_a_change_and_another_path_is_none() -> None:
    there = given(SCENE, RULES, create(), at("a.example.com"), ASK_AGAIN)
    there.when(EditApp(app_id=APP, callback_urls=("https://a.example.com/other",))).then(
        AppEdited(name="Weather", description="", callback_urls=("https://a.example.com/other",))
    )
    assert asked(there.when(at("a.example.com", "example.com.evil.net"))) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]


def test_another_rule_that_approves_is_recorded_and_is_the_one_to_ask_from_then_on() -> None:
    there = given(SCENE, policy(INTERNAL_FOR_GOOD, OURS), app_of("internal"))
    review = approvals(there)[0]
    done = there.when(EditApp(app_id=APP, attributes={"kind": None}, callback_urls=("https://a.example.com/",)))
    assert in_review(done) == [ApprovalProductStaysOpen]
    assert {new.stream for new in done.appended} == {App.at(APP), Approval.at(review)}
    there = given(
        SCENE,
        policy(INTERNAL_FOR_GOOD, OURS),
        app_of("internal"),
        EditApp(app_id=APP, attributes={"kind": None}, callback_urls=("https://a.example.com/",)),
    )
    assert asked(there.when(at("example.net"))) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]


def test_the_same_rule_that_approves_again_is_not_recorded_again() -> None:
    given(BY_RULE).when(SetAttributes(app_id=APP, attributes={"a": "b"})).then(AppAttributesSet(attributes={"a": "b"}))


def test_what_the_rule_that_let_it_in_keeps_open_stays_open_whatever_else_changes() -> None:
    there = given(SCENE, policy(BANNED, INTERNAL_FOR_GOOD, PARTNERS), app_of("internal"))
    done = there.when(kind("other"))
    assert in_review(done) == [ApprovalProductStaysOpen]
    done.then_in(App, APP, AppAttributesSet(attributes={"kind": "other"}))
    there = given(SCENE, policy(BANNED, INTERNAL_FOR_GOOD, PARTNERS), app_of("internal"), kind("other"))
    there.when(kind("partner")).then_in(App, APP, AppAttributesSet(attributes={"kind": "partner"}))


def test_a_rejection_closes_even_what_would_stay_open() -> None:
    done = given(SCENE, policy(BANNED, INTERNAL_FOR_GOOD), app_of("internal")).when(kind("scam"))
    assert SubscriptionRejected(product_id=GUARDED, reason="not here") in [new.event for new in done.appended]


def test_a_rule_of_that_name_that_says_so_no_more_keeps_nothing_open() -> None:
    there = given(SCENE, policy(INTERNAL_FOR_GOOD), app_of("internal"), policy(INTERNAL))
    assert asked(there.when(kind("other"))) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {"kind": "other"})]


def test_a_review_rule_may_keep_open_what_a_person_granted_under_it() -> None:
    lasting = {**PARTNERS, "when_changed": "stay_open"}
    there = given(SCENE, policy(lasting), app_of("partner"), decide(grant(GUARDED)))
    assert in_review(there.when(kind("other"))) == [ApprovalProductStaysOpen]


def test_what_a_person_granted_returns_only_where_the_policy_tells_the_change_apart() -> None:
    given(BY_PERSON).when(kind("other")).then(AppAttributesSet(attributes={"kind": "other"}))
    assert asked(given(BY_PERSON).when(kind("partner"))) == [(PolicyAnswer.REVIEW, "partners", {"kind": "partner"})]
    done = given(BY_PERSON).when(kind("spam"))
    assert asked(done) == [(PolicyAnswer.REJECT, "banned", {"kind": "spam"})]
    assert SubscriptionRejected(product_id=GUARDED, reason="not here") in [new.event for new in done.appended]


def test_what_a_person_granted_and_a_rule_approves_after_a_change_is_the_rule_s_from_then_on() -> None:
    there = given(BY_PERSON, kind("internal"))
    assert [new.event.rule for new in there.log.appended if isinstance(new.event, ApprovalProductStaysOpen)] == ["internal"]
    assert asked(there.when(RemoveAttributes(app_id=APP, names=("kind",)))) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]


def test_without_rules_nothing_changes_by_an_edit_of_what_a_person_granted() -> None:
    there = given(SCENE, create(GUARDED), decide(grant(GUARDED)))
    there.when(kind("other")).then(AppAttributesSet(attributes={"kind": "other"}))


def test_what_everything_was_approved_as_returns_once_people_decide() -> None:
    there = given(SCENE, SetApprovalPolicy(mode=PolicyMode.AUTO), create(GUARDED), SetApprovalPolicy(mode=PolicyMode.MANUAL))
    assert asked(there.when(kind("other"))) == [(PolicyAnswer.REVIEW, "manual", {"kind": "other"})]


def test_a_new_policy_alone_decides_nothing_anew() -> None:
    there = given(BY_RULE)
    assert {new.stream.partition("-")[0] for new in there.when(policy(BANNED)).appended} == {"policy"}


def test_a_change_of_a_product_decides_nothing_anew_and_counts_at_the_app_s_next_change() -> None:
    money = {"name": "money", "when": {"categories": ["money"]}, "then": "approve"}
    change = ChangeProduct(product_id=GUARDED, category="weapons")
    there = given(SCENE, policy(money), create(GUARDED))
    assert {new.stream.partition("-")[0] for new in there.when(change).appended} == {"product"}
    there = given(SCENE, policy(money), create(GUARDED), change)
    there.when(EditApp(app_id=APP, description="new")).then(AppEdited(name="Weather", description="new", callback_urls=()))
    assert asked(there.when(kind("any"))) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {"kind": "any"})]


def test_asking_again_for_what_stands_decides_nothing_anew() -> None:
    given(BY_PERSON).when(ASK_AGAIN).then()


def test_a_product_that_has_come_to_need_no_approval_wins_over_the_policy() -> None:
    there = given(BY_RULE, ChangeProduct(product_id=GUARDED, needs_approval=False))
    assert in_review(there.when(kind("spam"))) == [ApprovalProductStaysOpen]


def test_a_product_that_needed_no_approval_is_never_asked_about() -> None:
    there = given(SCENE, RULES, create(FREE), ChangeProduct(product_id=FREE, needs_approval=True))
    there.when(kind("spam")).then(AppAttributesSet(attributes={"kind": "spam"}))


def test_the_change_of_an_app_that_waits_is_asked_anew_and_may_let_it_in() -> None:
    there = given(SCENE, RULES, create(GUARDED), issue())
    done = there.when(kind("internal"))
    done.then_in(App, APP, AppAttributesSet(attributes={"kind": "internal"}), SubscriptionApproved(product_id=GUARDED), AppApproved())
    done.then_in(Credential, KEY, CredentialActivated())
    assert in_review(done) == [ApprovalProductAsked, ApprovalGranted]


def test_the_change_of_an_app_that_waits_may_reject_it() -> None:
    done = given(SCENE, RULES, create(GUARDED)).when(kind("spam"))
    assert [type(new.event) for new in done.appended if new.stream == App.at(APP)] == [
        AppAttributesSet,
        SubscriptionRejected,
        AppRejected,
    ]


def test_a_suspended_app_is_held_to_the_policy_as_well() -> None:
    there = given(BY_RULE, SuspendApp(app_id=APP, reason="abuse"))
    assert asked(there.when(kind("other"))) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {"kind": "other"})]


def test_two_changes_in_one_batch_are_each_held_to_the_policy() -> None:
    done = given(BY_RULE).when(kind("other"), kind("internal"))
    assert [answer for answer, _, _ in asked(done)] == [PolicyAnswer.REVIEW, PolicyAnswer.APPROVE]


FIRST_TIMERS = policy({"name": "first timers", "when": {"earlier_rejections": {"at_most": 0}}, "then": "approve"}, PARTNERS)
REJECTED_ONCE = (*SCENE, create(GUARDED), decide(reject(GUARDED)), FIRST_TIMERS)


def test_asking_again_meets_the_policy_with_the_earlier_rejections() -> None:
    done = given(REJECTED_ONCE).when(ResubmitApp(app_id=APP))
    assert asked(done) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]


def test_removing_and_asking_again_meets_it_as_well() -> None:
    there = given(SCENE, create(FREE, GUARDED), decide(reject(GUARDED)), FIRST_TIMERS, ASK_AGAIN)
    done = there.when(RemoveProducts(app_id=APP, products=(GUARDED,)), ASK_AGAIN)
    assert asked(done) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]


def test_removing_what_returned_and_asking_again_meets_the_policy_with_what_is_so_now() -> None:
    done = given(BY_RULE, kind("partner")).when(RemoveProducts(app_id=APP, products=(GUARDED,)), ASK_AGAIN)
    assert asked(done) == [(PolicyAnswer.REVIEW, "partners", {"kind": "partner"})]


def test_an_app_that_is_deleted_and_made_anew_meets_the_policy_like_any_other() -> None:
    again = create(GUARDED, app_id=OTHER_APP)
    done = given(BY_RULE, DeleteApp(app_id=APP)).when(again)
    assert asked(done) == [(PolicyAnswer.REVIEW, NO_RULE_HELD, {})]
    done.then_accepted()
    there = given(BY_RULE, DeleteApp(app_id=APP))
    there.when(create(GUARDED, app_id=APP)).then_refused("id_used")


def test_deleting_a_rejected_app_and_making_it_anew_wipes_no_rejection_out() -> None:
    for name in ("Weather", "Rain"):
        done = given(REJECTED_ONCE, DeleteApp(app_id=APP)).when(create(GUARDED, app_id=OTHER_APP, name=name))
        (event,) = [new.event for new in done.appended if isinstance(new.event, ApprovalProductAsked)]
        assert (event.answer, event.rule, event.input.earlier_rejections) == (PolicyAnswer.REVIEW, NO_RULE_HELD, 1)


def test_a_team_wipes_no_rejection_out_either() -> None:
    there = given(of_team((*REJECTED_ONCE, DeleteApp(app_id=APP))))
    again = create(GUARDED, app_id=OTHER_APP).model_copy(update={"owner": OF_TEAM})
    (event,) = [new.event for new in there.when(again).appended if isinstance(new.event, ApprovalProductAsked)]
    assert (event.answer, event.rule, event.input.earlier_rejections) == (PolicyAnswer.REVIEW, NO_RULE_HELD, 1)


def test_deleting_an_app_remembers_nothing_where_nothing_was_rejected() -> None:
    done = given(SCENE, create(GUARDED)).when(DeleteApp(app_id=APP))
    assert not [new for new in done.appended if isinstance(new.event, RejectionsRemembered)]


def test_others_are_not_held_to_somebody_s_rejections() -> None:
    there = given(REJECTED_ONCE, DeleteApp(app_id=APP))
    done = there.when(by(person(OTTO), create(GUARDED, app_id=OTHER_APP, owner=OTTO)))
    assert asked(done) == [(PolicyAnswer.APPROVE, "first timers", {})]


def test_what_was_asked_under_the_old_policy_is_recorded_under_the_new_one_once_it_changes() -> None:
    there = given(SCENE, policy(INTERNAL), app_of("internal"), RULES)
    (event,) = [new.event for new in there.when(SetAttributes(app_id=APP, attributes={"a": "b"})).appended if new.stream != App.at(APP)]
    assert isinstance(event, ApprovalProductStaysOpen)
    assert (event.answer, event.policy_version, event.rule) == (PolicyAnswer.APPROVE, 2, "internal")
    assert event.input.attributes == {"kind": "internal", "a": "b"}


def test_a_change_that_is_refused_returns_nothing() -> None:
    too_many = SetAttributes(app_id=APP, attributes={str(n): "x" for n in range(18)})
    done = given(BY_RULE).when(too_many)
    assert [type(new.event) for new in done.appended] == [CommandRefused]
