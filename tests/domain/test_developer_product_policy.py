"""The rules of developers, products and the approval policy, told as examples."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from domain.approval_policy import ApprovalPolicy, ApprovalPolicySet, PolicyMode
from domain.approval_rules import PolicyAnswer
from domain.developer import Developer, DeveloperChanged, DeveloperDeactivated, DeveloperRegistered
from domain.event import Event
from domain.personal import Personal
from domain.product import Product, ProductAdded, ProductChanged, ProductDetails, ProductRetired
from domain.refused import Refused
from tests.domain.test_approval import the_input

NAME, EMAIL, NEW_EMAIL = Personal("Olga"), Personal("olga@example.org"), Personal("olga@example.net")
REGISTERED = DeveloperRegistered(name=NAME, email=EMAIL)
DEACTIVATED = DeveloperDeactivated(reason="left")
DETAILS = ProductDetails("Payments", "", "money", needs_approval=True)
ADDED = ProductAdded(name="Payments", description="", category="money", needs_approval=True)
RETIRED = ProductRetired(reason="old")

Decision = Callable[[Any], Sequence[Event]]
CASES: list[tuple[str, type[Any], list[Event], Decision, str | list[Event]]] = [
    ("a new developer is registered", Developer, [], lambda d: d.register(NAME, EMAIL), [REGISTERED]),
    ("the same registration again changes nothing", Developer, [REGISTERED], lambda d: d.register(NAME, EMAIL), []),
    ("another registration under the id is refused", Developer, [REGISTERED], lambda d: d.register(NAME, NEW_EMAIL), "id_used"),
    ("a deactivated developer never comes back", Developer, [REGISTERED, DEACTIVATED], lambda d: d.register(NAME, EMAIL), "deactivated"),
    (
        "a developer changes what he names, the rest stays",
        Developer,
        [REGISTERED],
        lambda d: d.change(None, NEW_EMAIL),
        [DeveloperChanged(name=NAME, email=NEW_EMAIL)],
    ),
    ("a change to what is so changes nothing", Developer, [REGISTERED], lambda d: d.change(NAME, EMAIL), []),
    ("nobody unregistered is changed", Developer, [], lambda d: d.change(NAME, None), "developer_unknown"),
    ("nobody deactivated is changed", Developer, [REGISTERED, DEACTIVATED], lambda d: d.change(NAME, None), "deactivated"),
    ("a developer is deactivated", Developer, [REGISTERED], lambda d: d.deactivate("left"), [DEACTIVATED]),
    ("once", Developer, [REGISTERED, DEACTIVATED], lambda d: d.deactivate("again"), []),
    ("nobody unregistered is deactivated", Developer, [], lambda d: d.deactivate("left"), "developer_unknown"),
    ("a product is added", Product, [], lambda p: p.add(DETAILS), [ADDED]),
    ("the same product again changes nothing", Product, [ADDED], lambda p: p.add(DETAILS), []),
    ("another product under the id is refused", Product, [ADDED], lambda p: p.add(ProductDetails("Other")), "id_used"),
    ("a retired product never comes back", Product, [ADDED, RETIRED], lambda p: p.add(DETAILS), "id_used"),
    (
        "a product changes in what is named, the rest stays",
        Product,
        [ADDED],
        lambda p: p.change(needs_approval=False),
        [ProductChanged(name="Payments", description="", category="money", needs_approval=False)],
    ),
    (
        "each field of a product can change",
        Product,
        [ADDED],
        lambda p: p.change(name="Pay", description="all", category="cash"),
        [ProductChanged(name="Pay", description="all", category="cash", needs_approval=True)],
    ),
    ("a change of a product to what is so changes nothing", Product, [ADDED], lambda p: p.change(name="Payments"), []),
    ("no unknown product is changed", Product, [], lambda p: p.change(name="Pay"), "product_unknown"),
    ("no retired product is changed", Product, [ADDED, RETIRED], lambda p: p.change(name="Pay"), "product_retired"),
    ("a product is retired", Product, [ADDED], lambda p: p.retire("old"), [RETIRED]),
    ("a product is retired once", Product, [ADDED, RETIRED], lambda p: p.retire("older"), []),
    ("no unknown product is retired", Product, [], lambda p: p.retire("old"), "product_unknown"),
    (
        "the first policy is version 1",
        ApprovalPolicy,
        [],
        lambda p: p.set(PolicyMode.AUTO, (), None),
        [ApprovalPolicySet(version=1, mode=PolicyMode.AUTO, rules=())],
    ),
    (
        "manual may be said though it is the default",
        ApprovalPolicy,
        [],
        lambda p: p.set(PolicyMode.MANUAL, (), 0),
        [ApprovalPolicySet(version=1, mode=PolicyMode.MANUAL, rules=())],
    ),
    (
        "each policy that differs is a new version",
        ApprovalPolicy,
        [ApprovalPolicySet(version=1, mode=PolicyMode.AUTO, rules=())],
        lambda p: p.set(PolicyMode.MANUAL, (), 1),
        [ApprovalPolicySet(version=2, mode=PolicyMode.MANUAL, rules=())],
    ),
    (
        "the policy in force again changes nothing, whatever it was based on",
        ApprovalPolicy,
        [ApprovalPolicySet(version=1, mode=PolicyMode.AUTO, rules=())],
        lambda p: p.set(PolicyMode.AUTO, (), 0),
        [],
    ),
    (
        "a policy based on another version than the one in force is refused",
        ApprovalPolicy,
        [ApprovalPolicySet(version=1, mode=PolicyMode.AUTO, rules=())],
        lambda p: p.set(PolicyMode.MANUAL, (), 0),
        "policy_changed",
    ),
    ("a policy based on one that never was is refused", ApprovalPolicy, [], lambda p: p.set(PolicyMode.AUTO, (), 1), "policy_changed"),
]


@pytest.mark.parametrize(("state", "history", "decision", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_it_is_so_that(state: type[Any], history: list[Event], decision: Decision, expected: str | list[Event]) -> None:
    now = state()
    for event in history:
        now = now.evolve(event)
    if isinstance(expected, list):
        assert decision(now) == expected
    else:
        with pytest.raises(Refused) as refused:
            decision(now)
        assert refused.value.code == expected


@pytest.mark.parametrize(
    ("history", "answer", "version", "rule"),
    [
        ([], PolicyAnswer.REVIEW, 0, "manual"),
        ([ApprovalPolicySet(version=1, mode=PolicyMode.AUTO, rules=())], PolicyAnswer.APPROVE, 1, "auto"),
        ([ApprovalPolicySet(version=2, mode=PolicyMode.MANUAL, rules=())], PolicyAnswer.REVIEW, 2, "manual"),
    ],
    ids=["none stored: manual", "auto", "manual"],
)
def test_the_policy_says_what_it_decided_by_which_version_and_rule(
    history: list[ApprovalPolicySet], answer: PolicyAnswer, version: int, rule: str
) -> None:
    policy = ApprovalPolicy()
    for event in history:
        policy = policy.evolve(event)
    assert policy.decide(the_input()) == (answer, version, rule, None)


def test_personal_data_hides_itself_from_reprs() -> None:
    assert "Olga" not in repr(REGISTERED)
    assert "olga" not in repr(Developer().evolve(REGISTERED))
