"""The rules of a policy as they come in: every constraint on what their authors may write."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from commands.fields import AttributeName, AttributeValue, Category, Name, Reason, Written, distinct
from domain.approval_policy import NOT_RULES
from domain.approval_rules import CallbackHosts, Conditions, EarlierRejections, PolicyAnswer, Presence, Rule, WhenChanged
from domain.limits import APP_ATTRIBUTES_MAX, POLICY_LIST_MAX, POLICY_RULES_MAX, REJECTIONS_MAX
from domain.owner import OwnerKind

STRICT = ConfigDict(strict=True)
HOST_CHARACTERS_MAX = 253
"""RFC 1035: what a name may have."""


def _no_other_name(name: str) -> str:
    if name in NOT_RULES:
        raise ValueError("is what a decision without a rule is named; name the rule otherwise")
    return name


HostPattern = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=HOST_CHARACTERS_MAX),
    Written(
        r"^((\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f]*:[0-9a-f:.]+)$",
        "is no host: api.example.com, *.example.com for all below it, or an IP address; other letters are written in punycode",
    ),
]
HostPatterns = Annotated[tuple[HostPattern, ...], Field(min_length=1, max_length=POLICY_LIST_MAX), AfterValidator(distinct)]
Ids = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=POLICY_LIST_MAX), AfterValidator(distinct)]
Categories = Annotated[tuple[Category, ...], Field(min_length=1, max_length=POLICY_LIST_MAX), AfterValidator(distinct)]
AttributeValues = Annotated[tuple[AttributeValue, ...], Field(min_length=1, max_length=POLICY_LIST_MAX), AfterValidator(distinct)]
Times = Annotated[int, Field(ge=0, le=REJECTIONS_MAX)]


class WrittenPresence(Presence):
    model_config = STRICT


def _form_of(wanted: object) -> str:
    if isinstance(wanted, (list, tuple)):
        return "values"
    return "presence" if isinstance(wanted, (dict, Presence)) else "value"


WrittenAttribute = Annotated[
    Annotated[AttributeValue, Tag("value")] | Annotated[AttributeValues, Tag("values")] | Annotated[WrittenPresence, Tag("presence")],
    Discriminator(_form_of),
]


class WrittenHosts(CallbackHosts):
    model_config = STRICT

    all: HostPatterns = ()
    any: HostPatterns = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.all or self.any):
            raise ValueError("name hosts under all (each host of the app is one of them) or under any (one of the app's is)")
        return self


class WrittenRejections(EarlierRejections):
    model_config = STRICT

    at_least: Times | None = None
    at_most: Times | None = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is above at_most: this never holds")
        return self


class WrittenConditions(Conditions):
    model_config = STRICT

    products: Ids = ()
    categories: Categories = ()
    owner_kind: OwnerKind | None = None
    teams: Ids = ()
    attributes: Annotated[dict[AttributeName, WrittenAttribute], Field(max_length=APP_ATTRIBUTES_MAX)] = Field(default_factory=dict)
    callback_hosts: WrittenHosts | None = None
    earlier_rejections: WrittenRejections | None = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.teams and self.owner_kind is OwnerKind.DEVELOPER:
            raise ValueError("an app of a developer is of no team: this never holds")
        return self


class WrittenRule(Rule):
    """A rule: if all that `when` says holds, the answer is `then`. A rejection has a `reason`, which the developer is told."""

    model_config = STRICT

    name: Annotated[Name, AfterValidator(_no_other_name)]
    when: WrittenConditions = WrittenConditions()
    then: PolicyAnswer
    reason: Reason | None = None
    when_changed: WhenChanged = WhenChanged.REVIEW

    @model_validator(mode="after")
    def _fits_its_answer(self) -> Self:
        if (self.then is PolicyAnswer.REJECT) is (self.reason is None):
            raise ValueError("a rejection needs a reason; an approval and a review have none")
        if self.then is PolicyAnswer.REJECT and self.when_changed is WhenChanged.STAY_OPEN:
            raise ValueError("what is rejected is not open: leave when_changed out")
        return self


NAMED_TWICE = "rule_named_twice"


def _each_named_once(rules: tuple[WrittenRule, ...]) -> tuple[WrittenRule, ...]:
    names = [rule.name for rule in rules]
    for place, name in enumerate(names):
        if name in names[:place]:
            said = "rule {number} has the name of an earlier one; each has a name of its own"
            raise PydanticCustomError(NAMED_TWICE, said, {"number": place + 1, "place": place})
    return rules


WrittenRules = Annotated[tuple[WrittenRule, ...], Field(max_length=POLICY_RULES_MAX), AfterValidator(_each_named_once)]


def as_rules(written: tuple[WrittenRule, ...]) -> tuple[Rule, ...]:
    """Return the rules as they are stored: of the same types, whoever wrote them, so that equal ones are equal."""
    return tuple(Rule.model_validate(rule.model_dump()) for rule in written)
