"""The rules of a conditional policy: which requests each condition means, told as examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commands.policy_rules import WrittenRule, as_rules
from domain.approval_policy import NO_RULE_HELD, ApprovalPolicy, PolicyMode
from domain.approval_rules import PolicyAnswer, PolicyInput, Rule
from domain.owner import Owner, OwnerKind
from tests.examples import ALSO_GUARDED, GUARDED, OTTO, an_id
from tests.given import OLGA

TEAM = an_id("team")
OF_TEAM = Owner(kind=OwnerKind.TEAM, id=TEAM)
OF_OLGA = Owner(id=OLGA)


def asks(
    attributes: dict[str, str] | None = None, *, owner: Owner = OF_OLGA, hosts: tuple[str, ...] = (), rejections: int = 0
) -> PolicyInput:
    return PolicyInput(
        product_id=GUARDED,
        category="money",
        owner=owner,
        attributes=attributes or {},
        callback_hosts=hosts,
        earlier_rejections=rejections,
    )


def rule(when: dict[str, Any], then: str = "approve", name: str = "the rule", **more: object) -> Rule:
    written = json.dumps({"name": name, "when": when, "then": then, **more})
    return as_rules((WrittenRule.model_validate_json(written),))[0]


def holds(when: dict[str, Any], asked: PolicyInput) -> bool:
    return rule(when).when.hold_for(asked)


CASES: list[tuple[str, dict[str, Any], PolicyInput, bool]] = [
    ("nothing said: always", {}, asks(), True),
    ("the product", {"products": [str(ALSO_GUARDED), str(GUARDED)]}, asks(), True),
    ("another product", {"products": [str(ALSO_GUARDED)]}, asks(), False),
    ("the category", {"categories": ["maps", "money"]}, asks(), True),
    ("another category", {"categories": ["Money"]}, asks(), False),
    ("a developer's app", {"owner_kind": "developer"}, asks(), True),
    ("a team's app is no developer's", {"owner_kind": "developer"}, asks(owner=OF_TEAM), False),
    ("a team's app", {"owner_kind": "team"}, asks(owner=OF_TEAM), True),
    ("an app of that team", {"teams": [str(TEAM)]}, asks(owner=OF_TEAM), True),
    ("an app of another team", {"teams": [str(OTTO)]}, asks(owner=OF_TEAM), False),
    ("a developer whose id is that of the team", {"teams": [str(OLGA)]}, asks(), False),
    ("the attribute's value", {"attributes": {"a": "b"}}, asks({"a": "b"}), True),
    ("another value", {"attributes": {"a": "b"}}, asks({"a": "B"}), False),
    ("a part of the value is another", {"attributes": {"a": "b"}}, asks({"a": "bb"}), False),
    ("an attribute that is not there has no value", {"attributes": {"a": ""}}, asks(), False),
    ("an attribute that is empty has one", {"attributes": {"a": ""}}, asks({"a": ""}), True),
    ("one of the values", {"attributes": {"a": ["x", "b"]}}, asks({"a": "b"}), True),
    ("none of the values", {"attributes": {"a": ["x", "y"]}}, asks({"a": "b"}), False),
    ("none of the values where it is not there", {"attributes": {"a": ["x", "y"]}}, asks(), False),
    ("the attribute is there", {"attributes": {"a": {"present": True}}}, asks({"a": ""}), True),
    ("the attribute is not there", {"attributes": {"a": {"present": True}}}, asks({"b": ""}), False),
    ("it shall not be there, and is not", {"attributes": {"a": {"present": False}}}, asks({"b": ""}), True),
    ("it shall not be there, and is", {"attributes": {"a": {"present": False}}}, asks({"a": ""}), False),
    ("every attribute named must fit", {"attributes": {"a": "b", "c": "d"}}, asks({"a": "b", "c": "x"}), False),
    ("attributes not named are no matter", {"attributes": {"a": "b"}}, asks({"a": "b", "c": "x"}), True),
    ("the host", {"callback_hosts": {"all": ["a.example.com"]}}, asks(hosts=("a.example.com",)), True),
    ("a host that ends so", {"callback_hosts": {"all": ["a.example.com"]}}, asks(hosts=("ba.example.com",)), False),
    ("a host below", {"callback_hosts": {"all": ["*.example.com"]}}, asks(hosts=("a.example.com",)), True),
    ("a host far below", {"callback_hosts": {"all": ["*.example.com"]}}, asks(hosts=("a.b.example.com",)), True),
    ("the domain itself is not below it", {"callback_hosts": {"all": ["*.example.com"]}}, asks(hosts=("example.com",)), False),
    ("a domain that ends so is not below it", {"callback_hosts": {"all": ["*.example.com"]}}, asks(hosts=("bad-example.com",)), False),
    ("a domain that begins so is not below it", {"callback_hosts": {"all": ["*.example.com"]}}, asks(hosts=("a.example.com.evil.net",)), False),
    ("patterns are read in any case", {"callback_hosts": {"all": ["*.Example.COM"]}}, asks(hosts=("a.example.com",)), True),
    ("an address", {"callback_hosts": {"any": ["127.0.0.1", "::1"]}}, asks(hosts=("::1",)), True),
    ("all: one that is none of them", {"callback_hosts": {"all": ["*.example.com"]}}, asks(hosts=("a.example.com", "b.example.net")), False),
    ("all: several of them", {"callback_hosts": {"all": ["*.example.com", "b.example.net"]}}, asks(hosts=("a.example.com", "b.example.net")), True),
    ("all: an app without callback URLs has none of them", {"callback_hosts": {"all": ["*.example.com"]}}, asks(), False),
    ("any: one among others", {"callback_hosts": {"any": ["*.example.com"]}}, asks(hosts=("a.example.com", "b.example.net")), True),
    ("any: none", {"callback_hosts": {"any": ["*.example.com"]}}, asks(hosts=("b.example.net",)), False),
    ("any: an app without callback URLs", {"callback_hosts": {"any": ["*.example.com"]}}, asks(), False),
    ("all and any", {"callback_hosts": {"all": ["*.example.com"], "any": ["b.example.com"]}}, asks(hosts=("a.example.com",)), False),
    ("at least so many rejections", {"earlier_rejections": {"at_least": 2}}, asks(rejections=2), True),
    ("fewer", {"earlier_rejections": {"at_least": 2}}, asks(rejections=1), False),
    ("at most so many", {"earlier_rejections": {"at_most": 2}}, asks(rejections=2), True),
    ("more", {"earlier_rejections": {"at_most": 2}}, asks(rejections=3), False),
    ("none at all", {"earlier_rejections": {"at_least": 0, "at_most": 0}}, asks(), True),
    ("all conditions must hold", {"categories": ["money"], "attributes": {"a": "b"}}, asks(), False),
    ("and do", {"categories": ["money"], "attributes": {"a": "b"}, "owner_kind": "team"}, asks({"a": "b"}, owner=OF_TEAM), True),
]  # fmt: skip


@pytest.mark.parametrize(("when", "asked", "held"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_condition_means(when: dict[str, Any], asked: PolicyInput, *, held: bool) -> None:
    assert holds(when, asked) is held


BANNED = rule({"attributes": {"a": "bad"}}, "reject", "banned", reason="not here")
TRUSTED = rule({"owner_kind": "team"}, "approve", "trusted", when_changed="stay_open")
LOOK = rule({"attributes": {"a": {"present": True}}}, "review", "look")
POLICY = ApprovalPolicy(version=7, mode=PolicyMode.CONDITIONAL, rules=(BANNED, TRUSTED, LOOK))


@pytest.mark.parametrize(
    ("asked", "decision"),
    [
        (asks({"a": "bad"}, owner=OF_TEAM), (PolicyAnswer.REJECT, 7, "banned", "not here")),
        (asks({"a": "good"}, owner=OF_TEAM), (PolicyAnswer.APPROVE, 7, "trusted", None)),
        (asks({"a": "good"}), (PolicyAnswer.REVIEW, 7, "look", None)),
        (asks(), (PolicyAnswer.REVIEW, 7, NO_RULE_HELD, None)),
    ],
    ids=["the first that holds", "the next", "a rule for people", "none holds: people"],
)
def test_the_first_rule_that_holds_decides(asked: PolicyInput, decision: tuple[object, ...]) -> None:
    assert POLICY.decide(asked) == decision


def test_only_the_rule_that_says_so_keeps_open_what_it_let_in() -> None:
    assert [name for name in ("banned", "trusted", "look", "auto", NO_RULE_HELD) if POLICY.keeps_open(name)] == ["trusted"]
