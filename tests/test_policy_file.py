"""Policies as files: read with the line and field of whatever is wrong, and nothing read that only surprises."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.policy_file import PolicyNotRead, read_policy, write_policy, written_rules
from domain.approval_rules import CallbackHosts, Conditions, EarlierRejections, PolicyAnswer, Presence, Rule, WhenChanged
from domain.limits import POLICY_RULES_MAX
from domain.owner import OwnerKind
from tests.examples import GUARDED, an_id

WHOLE = f"""\
# Who may what.
rules:
  - name: Known abuse
    when:
      callback_hosts: {{any: [evil.example.net, "*.Evil.Example.org", "::1"]}}
    then: reject
    reason: this host was abused
  - name: Partners
    when:
      products: [{GUARDED}]
      categories: [money, no]
      owner_kind: team
      teams: ["{an_id("team")}"]
      attributes:
        stage: beta
        region: [eu, "12"]
        version: "1.50"
        blocked: {{present: false}}
      callback_hosts:
        all: ["*.example.com"]
      earlier_rejections: {{at_least: 0, at_most: 2}}
    then: approve
    when_changed: stay_open
  - {{name: The rest, then: review}}
"""
RULES = (
    Rule(
        name="Known abuse",
        when=Conditions(callback_hosts=CallbackHosts(any=("evil.example.net", "*.evil.example.org", "::1"))),
        then=PolicyAnswer.REJECT,
        reason="this host was abused",
    ),
    Rule(
        name="Partners",
        when=Conditions(
            products=(GUARDED,),
            categories=("money", "no"),
            owner_kind=OwnerKind.TEAM,
            teams=(an_id("team"),),
            attributes={"stage": "beta", "region": ("eu", "12"), "version": "1.50", "blocked": Presence(present=False)},
            callback_hosts=CallbackHosts(all=("*.example.com",)),
            earlier_rejections=EarlierRejections(at_least=0, at_most=2),
        ),
        then=PolicyAnswer.APPROVE,
        when_changed=WhenChanged.STAY_OPEN,
    ),
    Rule(name="The rest", then=PolicyAnswer.REVIEW),
)


def test_every_condition_can_be_written() -> None:
    assert read_policy(WHOLE, "policy.yaml") == RULES


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_the_same_as_json_reads_the_same(indent: int | str | None) -> None:
    assert read_policy(json.dumps({"mode": "conditional", "rules": written_rules(RULES)}, indent=indent), "policy.json") == RULES


def test_what_is_written_reads_the_same() -> None:
    assert read_policy(write_policy(written_rules(RULES)), "policy.yaml") == RULES


@pytest.mark.parametrize(
    "text", ["1e5", "12", "1.5", "true", "no", "null", "~", "&a", "*a", "!a", "a: b", "1:30", "😀", "é\n", "#", "- a", ""]
)
def test_text_stays_text_through_a_file(text: str) -> None:
    rules = (Rule(name="r", when=Conditions(attributes={"a": text}), then=PolicyAnswer.APPROVE),)
    assert read_policy(write_policy(written_rules(rules)), "policy.yaml") == rules
    assert read_policy(json.dumps({"rules": written_rules(rules)}), "policy.json") == rules
    assert read_policy(json.dumps({"rules": written_rules(rules)}, ensure_ascii=False), "policy.json") == rules


RULE = "rules:\n- name: one\n  then: approve\n"
WHEN = RULE + "  when:\n"
WRONG = [
    ("", 1, 1, "is empty"),
    ("# nothing\n", 1, 1, "is empty"),
    ("- a", 1, 1, "Input should be an object"),
    ("rules: []", 1, 1, "rules: Value should have at least 1 item after validation, not 0"),
    ("mode: auto\n" + RULE, 1, 1, "mode: Input should be 'conditional'"),
    ("mood: auto\n" + RULE, 1, 1, "mood: Extra inputs are not permitted"),
    ("rules:\n- then: approve\n", 2, 3, "rules[0].name: Field required"),
    ("rules:\n- name: one\n", 2, 3, "rules[0].then: Field required"),
    (RULE + "  than: x\n", 4, 3, "rules[0].than: Extra inputs are not permitted"),
    (RULE + "- name: one\n  then: review\n", 4, 3, "rules[1].name: rule 2 has the name of an earlier one; each has a name of its own"),
    (RULE.replace("approve", "agree"), 3, 3, "rules[0].then: Input should be 'approve', 'reject' or 'review'"),
    (RULE.replace("approve", "reject"), 2, 3, "rules[0]: a rejection needs a reason; an approval and a review have none"),
    (RULE + "  reason: why\n", 2, 3, "rules[0]: a rejection needs a reason; an approval and a review have none"),
    (RULE.replace("approve", "reject\n  reason: x\n  when_changed: stay_open"), 2, 3, "rules[0]: what is rejected is not open"),
    (RULE.replace("one", "no_rule_held"), 2, 3, "rules[0].name: is what a decision without a rule is named"),
    (RULE + "  when_changed: never\n", 4, 3, "rules[0].when_changed: Input should be 'review' or 'stay_open'"),
    (WHEN + "    product: [x]\n", 5, 5, "rules[0].when.product: Extra inputs are not permitted"),
    (WHEN + "    products:\n    - nonsense\n", 6, 7, "rules[0].when.products[0]: Input should be a valid UUID"),
    (WHEN + "    categories: []\n", 5, 5, "rules[0].when.categories: Tuple should have at least 1 item"),
    (WHEN + "    categories: [a, b, a]\n", 5, 5, "rules[0].when.categories: names something twice"),
    (WHEN + "    categories: maps\n", 5, 5, "rules[0].when.categories: Input should be a valid array"),
    (WHEN + "    owner_kind: company\n", 5, 5, "rules[0].when.owner_kind: Input should be 'developer' or 'team'"),
    (
        WHEN + f"    owner_kind: developer\n    teams: [{GUARDED}]\n",
        4,
        3,
        "rules[0].when: an app of a developer is of no team: this never holds",
    ),
    (WHEN + "    attributes:\n      tier: 1\n", 6, 7, "rules[0].when.attributes.tier: Input should be a valid string"),
    (WHEN + "    attributes:\n      tier: true\n", 6, 7, "rules[0].when.attributes.tier: Input should be a valid string"),
    (WHEN + "    attributes:\n      tier: [gold, 1]\n", 6, 20, "rules[0].when.attributes.tier[1]: Input should be a valid string"),
    (WHEN + "    attributes:\n      tier: {present: 1}\n", 6, 14, "rules[0].when.attributes.tier.present: Input should be a valid boolean"),
    (WHEN + '    attributes:\n      "a ": x\n', 6, 7, "rules[0].when.attributes.a : begins or ends with white space"),
    (WHEN + "    callback_hosts: [a.example]\n", 5, 5, "rules[0].when.callback_hosts: Input should be an object"),
    (WHEN + "    callback_hosts: {}\n", 5, 5, "rules[0].when.callback_hosts: name hosts under all"),
    (WHEN + "    callback_hosts: {any: [https://a.example/]}\n", 5, 28, "rules[0].when.callback_hosts.any[0]: is no host"),
    (WHEN + '    callback_hosts: {any: ["a.*.example"]}\n', 5, 28, "rules[0].when.callback_hosts.any[0]: is no host"),
    (WHEN + "    earlier_rejections: {}\n", 5, 5, "rules[0].when.earlier_rejections: say at_least, at_most or both"),
    (WHEN + "    earlier_rejections: {at_least: 2, at_most: 1}\n", 5, 5, "rules[0].when.earlier_rejections: at_least is above at_most"),
    (
        WHEN + "    earlier_rejections: {at_least: '2'}\n",
        5,
        26,
        "rules[0].when.earlier_rejections.at_least: Input should be a valid integer",
    ),
    (WHEN + "    earlier_rejections: {at_most: -1}\n", 5, 26, "rules[0].when.earlier_rejections.at_most: Input should be greater than"),
    (RULE + "  then: review\n", 4, 3, "names 'then' twice, first in line 3"),
    ('{"rules": [{"name": "a", "then": "approve",\n "name": "b"}]}', 2, 2, "names 'name' twice, first in line 1"),
    ("rules: &all\n- name: one\n", 1, 8, "anchors (&) and aliases (*) are not read here"),
    ("rules: *all\n", 1, 8, "anchors (&) and aliases (*) are not read here"),
    ("a: &a [x]\nb: &b [*a, *a]\n", 1, 4, "anchors (&) and aliases (*) are not read here"),
    ("<<: {rules: []}\n" + RULE, 1, 1, "<<: Extra inputs are not permitted"),
    ("rules: !!python/object/apply:os.system [x]\n", 1, 8, "tags (!) are not read here"),
    ("rules: !!str x\n", 1, 8, "tags (!) are not read here"),
    (RULE + "---\n" + RULE, 4, 1, "holds a second document"),
    ("1: x\n", 1, 1, "a field's name is text: quote 1"),
    ("? [a]\n: x\n", 1, 3, "a field's name is text"),
    ("[" * 20_000, 1, 14, "nests deeper than 12"),
    ("rules:\n  - name: [\n", 3, 1, "is no YAML: "),
    ("rules:\n\t- name: x\n", 2, 1, "is no YAML: found character '\\t' that cannot start any token"),
    ("rules: \x07\n", 1, 8, "holds a character that YAML does not allow: U+0007"),
    ('{"rules": [{"name": "\\ud83d", "then": "approve"}]}', 1, 21, "holds half of a surrogate pair"),
    ("#" * 262_145, 1, 1, "larger than 262144 bytes"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), WRONG, ids=[case[3][:50] for case in WRONG])
def test_what_is_wrong_is_told_with_its_line_and_field(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(PolicyNotRead) as told:
        read_policy(text, "policy.yaml")
    first = str(told.value).splitlines()[0]
    assert first.startswith(f"policy.yaml:{line}:{column}: {reason}")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(PolicyNotRead) as told:
        read_policy("rules:\n- name: one\n  then: agree\n- nam: two\n  then: review\n", "p")
    assert [(each.line, each.field) for each in told.value.problems] == [(3, "rules[0].then"), (4, "rules[1].name"), (4, "rules[1].nam")]


def test_there_are_at_most_as_many_rules_as_the_limit() -> None:
    def rules(many: int) -> str:
        return "rules:\n" + "".join(f"- {{name: r{n}, then: review}}\n" for n in range(many))

    assert len(read_policy(rules(POLICY_RULES_MAX), "p")) == POLICY_RULES_MAX
    with pytest.raises(PolicyNotRead, match="Tuple should have at most 200 items"):
        read_policy(rules(POLICY_RULES_MAX + 1), "p")


def test_nothing_that_was_written_stands_in_the_errors() -> None:
    with pytest.raises(PolicyNotRead) as told:
        read_policy(WHEN + "    owner_kind: somebody-secret\n", "p")
    assert "somebody-secret" not in str(told.value)


def test_the_example_of_the_how_to_is_a_policy() -> None:
    page = (Path(__file__).parent.parent / "docs/how-to/approval-policy.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert [rule.then.value for rule in read_policy(example, "approval-policy.md")] == ["reject", "approve", "approve", "review"]
    with pytest.raises(PolicyNotRead) as told:
        read_policy(example.replace("[test, beta]", "1"), "policy.yaml")
    assert str(told.value) in page.replace("\n", " ")


SCRAPS = st.sampled_from([*"\n\t :{}[],'\"!?|>#%\\é0~", "- ", "&a", "*a", "---", "...", "rules", "name", "then: approve", "\ud83d"])


@given(st.lists(SCRAPS, max_size=30).map("".join) | st.text(max_size=30))
def test_whatever_is_written_is_read_or_told(text: str) -> None:
    with suppress(PolicyNotRead):
        read_policy(text, "p")
    with suppress(PolicyNotRead):
        read_policy(WHEN + "    " + text, "p")
