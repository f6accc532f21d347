"""What commands take: every field at its limit and beyond, and JSON's types as they are written."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from commands.catalogue import CATALOGUE
from commands.command import Command
from tests.examples import APP, GUARDED, KEY, NEW_KEY, digest
from tests.given import OLGA

A, B = str(APP), str(KEY)
WHOLE: dict[str, dict[str, Any]] = {
    "developer.register.v1": {"developer_id": A, "name": "Olga", "email": "olga@example.org"},
    "developer.change.v1": {"developer_id": A},
    "developer.deactivate.v1": {"developer_id": A, "reason": "left"},
    "product.add.v1": {"product_id": A, "name": "Payments"},
    "product.change.v1": {"product_id": A},
    "product.retire.v1": {"product_id": A, "reason": "old"},
    "policy.set.v1": {"mode": "auto"},
    "app.create.v1": {"app_id": A, "owner": {"id": str(OLGA)}, "name": "Weather"},
    "app.edit.v1": {"app_id": A},
    "app.add_products.v1": {"app_id": A, "products": [B]},
    "app.remove_products.v1": {"app_id": A, "products": [B]},
    "app.set_attributes.v1": {"app_id": A, "attributes": {"a": "b"}},
    "app.remove_attributes.v1": {"app_id": A, "names": ["a"]},
    "app.resubmit.v1": {"app_id": A},
    "app.suspend.v1": {"app_id": A, "reason": "abuse"},
    "app.reinstate.v1": {"app_id": A},
    "app.delete.v1": {"app_id": A},
    "credential.issue.v1": {"app_id": A, "credential_id": B, "kind": "api_key", "secret_digest": digest(KEY)},
    "credential.rotate.v1": {"app_id": A, "credential_id": B, "successor_id": str(NEW_KEY), "secret_digest": digest(NEW_KEY)},
    "credential.end_overlap.v1": {"app_id": A, "credential_id": B},
    "credential.revoke.v1": {"app_id": A, "credential_id": B, "reason": "lost"},
    "credential.expire.v1": {"app_id": A, "credential_id": B},
    "credential.claim.v1": {"app_id": A, "credential_id": B, "secret_digest": "0" * 64},
    "credential.demand_rotation.v1": {"app_id": A, "credential_id": B, "deadline": "2026-03-01T12:00:00Z", "reason": "leaked"},
    "credential.miss_rotation.v1": {"app_id": A, "credential_id": B},
    "approval.reevaluate.v1": {"app_id": A, "approval_id": B},
    "approval.assign.v1": {"app_id": A, "approval_id": B, "assignee": A},
    "approval.comment.v1": {"app_id": A, "approval_id": B, "text": "with legal"},
    "approval.decide.v1": {"app_id": A, "approval_id": B, "decisions": [{"product_id": str(GUARDED), "verdict": "grant"}]},
    "approval.withdraw.v1": {"app_id": A, "approval_id": B},
    "app.offer_transfer.v1": {"app_id": A, "to": {"id": B}},
    "app.withdraw_transfer.v1": {"app_id": A},
    "app.accept_transfer.v1": {"app_id": A, "to": {"id": B}},
    "app.decline_transfer.v1": {"app_id": A, "to": {"id": B}},
    "credential.offer.v1": {"app_id": A, "offer_id": B, "member": A, "kind": "api_key", "until": "2026-03-01T12:00:00Z"},
    "credential.withdraw_offer.v1": {"app_id": A, "offer_id": B},
    "credential.take_offer.v1": {"app_id": A, "offer_id": B, "credential_id": A, "secret_digest": "0" * 64},
    "team.create.v1": {"team_id": A, "name": "Kitchen", "admin": B},
    "team.rename.v1": {"team_id": A, "name": "Hall"},
    "team.invite.v1": {"team_id": A, "developer_id": B},
    "team.withdraw_invitation.v1": {"team_id": A, "developer_id": B},
    "team.join.v1": {"team_id": A, "developer_id": B},
    "team.leave.v1": {"team_id": A, "developer_id": B},
    "team.promote.v1": {"team_id": A, "developer_id": B},
    "team.demote.v1": {"team_id": A, "developer_id": B},
    "team.remove.v1": {"team_id": A, "developer_id": B},
    "notice.raise.v1": {"occasion_id": A, "kind": "app_suspended", "concerns": A, "about": {}, "to": []},
    "notice.record_delivery.v1": {"message_id": A, "notices": [B]},
    "notice.record_failure.v1": {"message_id": A, "notices": [{"notice_id": B, "attempt": 1, "wait": "PT10S"}], "reason": "smtp 450"},
    "notice.redeliver.v1": {"recipient_id": A, "notice_id": B},
    "notice.mark_read.v1": {"recipient_id": A, "notices": [B]},
    "preferences.set.v1": {"recipient_id": A, "timings": {}},
    "webhook.register.v1": {"recipient_id": A, "webhook_id": B, "url": "https://example.org/told"},
    "webhook.remove.v1": {"recipient_id": A, "webhook_id": B},
    "bulk.prepare.v1": {"bulk_id": A, "action": "suspend", "reason": "spam", "criteria": {"owner_id": A}},
    "bulk.freeze_part.v1": {
        "part_id": A,
        "bulk_id": B,
        "attempt": B,
        "number": 0,
        "targets": [{"app_id": A, "id": A, "foreseen": "would_do"}],
    },
    "bulk.freeze.v1": {"bulk_id": A, "attempt": B, "parts": 1, "as_of": 1, "would_do": 1, "already_so": 0, "would_be_refused": {}},
    "bulk.start.v1": {"bulk_id": A},
    "bulk.report_part.v1": {"part_id": A, "bulk_id": B, "first": 0, "outcomes": [{"result": "done"}]},
    "bulk.stop.v1": {"bulk_id": A},
    "bulk.finish.v1": {"bulk_id": A, "done": 1, "already_so": 0, "refused": {}, "not_sent": 0},
}
"""The least that each command says."""


def read(name: str, /, **changed: Any) -> Command:  # noqa: ANN401 - whatever JSON may hold
    content = {**WHOLE[name], **changed}
    return CATALOGUE[name].command.model_validate_json(json.dumps(content))


def is_taken(name: str, /, **changed: Any) -> bool:  # noqa: ANN401 - as above
    try:
        read(name, **changed)
    except ValidationError:
        return False
    return True


def test_the_examples_cover_the_catalogue() -> None:
    assert WHOLE.keys() == CATALOGUE.keys()


@pytest.mark.parametrize("name", WHOLE)
def test_the_least_is_taken_and_nothing_less(name: str) -> None:
    assert isinstance(read(name), Command)
    for field in WHOLE[name]:
        missing = {key: value for key, value in WHOLE[name].items() if key != field}
        if (name, field) == ("credential.rotate.v1", "secret_digest"):
            continue  # A jwt is rotated without; the rules know which kind it is.
        with pytest.raises(ValidationError):
            CATALOGUE[name].command.model_validate_json(json.dumps(missing))


@pytest.mark.parametrize("name", WHOLE)
def test_a_field_that_nobody_knows_is_refused(name: str) -> None:
    assert not is_taken(name, tenant="x")


WRONG: list[Any] = [None, True, 1, 1.5, "", "yes", [], {}, [1], {"a": 1}, [None], "\u0000"]
CAN_BE_NONE = {
    ("approval.assign.v1", "assignee"),
    ("credential.rotate.v1", "secret_digest"),
}


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in WHOLE.items() for field in fields])
def test_json_s_types_are_meant_as_they_are_written(name: str, field: str) -> None:
    right = type(WHOLE[name][field])
    for wrong in WRONG:
        if isinstance(wrong, right) and right is not bool:
            continue
        if wrong is None and (name, field) in CAN_BE_NONE:
            continue
        assert not is_taken(name, **{field: wrong}), wrong


@pytest.mark.parametrize("wrong", ["yes", "true", "1", 1, 0, "on", [], {}])
def test_a_boolean_is_true_or_false_and_nothing_that_looks_so(wrong: object) -> None:
    assert not is_taken("product.add.v1", needs_approval=wrong)
    assert not is_taken("product.change.v1", needs_approval=wrong)
    assert is_taken("product.add.v1", needs_approval=False)


@pytest.mark.parametrize(
    ("based_on", "taken"),
    [(0, True), (7, True), (2**31 - 1, True), (2**31, False), (-1, False), (True, False), ("1", False), (1.0, False), (None, True)],
)
def test_a_policy_is_based_on_a_version(based_on: object, *, taken: bool) -> None:
    assert is_taken("policy.set.v1", based_on=based_on) is taken


@pytest.mark.parametrize("wrong", ["", "x", "0b000000", 1, A[:-1], A + "0", f"{A}\n", None, True])
@pytest.mark.parametrize("name", ["app.reinstate.v1", "app.suspend.v1"])
def test_an_id_is_a_uuid(name: str, wrong: object) -> None:
    assert not is_taken(name, app_id=wrong)


@pytest.mark.parametrize("wrong", ["", "AUTO", "conditional", 1, None, "auto "])
def test_a_mode_is_one_that_is_known(wrong: object) -> None:
    assert not is_taken("policy.set.v1", mode=wrong)
    assert not is_taken("credential.issue.v1", kind=wrong)


ONE_LINE_WRONG = [
    "",
    "   ",
    "a\nb",
    "a\x00b",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "a\u202eb",
    "a\u2066b",
    "a\x1bb",
    "a\tb",
    "x" * 101,
    1,
    None,
    ["a"],
]
NAMES = [("product.add.v1", "name"), ("app.create.v1", "name"), ("developer.register.v1", "name")]


@pytest.mark.parametrize(("name", "field"), NAMES)
def test_a_name_is_one_line_of_at_most_100_characters(name: str, field: str) -> None:
    for wrong in ONE_LINE_WRONG:
        assert not is_taken(name, **{field: wrong}), wrong
    for right in ["x", "x" * 100, "\U0001f327" * 100, " Wetter f\u00fcr alle ", "\u5929\u6c17"]:
        assert getattr(read(name, **{field: right}), field) == right.strip()


UNSEEN = [
    "\u3164",
    "\u00ad",
    "\u034f",
    "\u115f\u1160",
    "\ufe0f",
    "\uffa0 \u3164",
    "\U000e0001",
    "\u200b\u2060",
    "\u2800",
    "\u2800\u3000\u200b",
]


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_a_name_shows_something(unseen: str) -> None:
    for name, field in NAMES:
        with pytest.raises(ValidationError, match="has no character that anybody sees"):
            read(name, **{field: unseen})
        assert is_taken(name, **{field: f"{unseen}x"})
        assert is_taken(name, **{field: f"\u00e9{unseen}"})


@pytest.mark.parametrize(
    ("name", "field", "wrong", "sentence"),
    [
        ("app.create.v1", "name", "a\u202eb", "holds a control character, a line break or one that changes the writing direction"),
        ("product.add.v1", "category", "a\nb", "holds a control character, a line break or one that changes the writing direction"),
        (
            "app.set_attributes.v1",
            "attributes",
            {"a\tb": "c"},
            "holds a control character, a line break or one that changes the writing direction",
        ),
        ("app.set_attributes.v1", "attributes", {"a": "\x1b"}, "holds a control character; line breaks and tabs are fine"),
        ("app.edit.v1", "description", "\x07", "holds a control character; line breaks and tabs are fine"),
        ("app.suspend.v1", "reason", "\x07", "holds a control character; line breaks and tabs are fine"),
        ("developer.register.v1", "email", "olga", "is no e-mail address: one @ with something on both sides, and no white space"),
        ("credential.issue.v1", "secret_digest", "x", "is no SHA-256 digest: 64 hexadecimal digits in lower case"),
    ],
)
def test_a_wrong_character_is_told_in_a_sentence(name: str, field: str, wrong: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        read(name, **{field: wrong})
    assert [each["msg"] for each in error.value.errors()] == [sentence]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", True),
        ("two\nlines\twith a tab\r\n", True),
        ("x" * 2_000, True),
        ("x" * 2_001, False),
        ("a\x00b", False),
        ("a\x1bb", False),
        ("a\x9bb", False),
    ],
)
def test_a_description_has_lines_and_at_most_2000_characters(text: str, *, taken: bool) -> None:
    assert is_taken("app.create.v1", description=text) is taken
    assert is_taken("app.edit.v1", description=text) is taken
    assert is_taken("product.add.v1", description=text) is taken


@pytest.mark.parametrize(
    ("text", "taken"),
    [("x", True), ("x" * 1_000, True), ("x" * 1_001, False), ("", False), (" \n ", False), ("a\x00", False), (None, False)],
)
def test_a_reason_is_given_and_at_most_1000_characters(text: object, *, taken: bool) -> None:
    for name in ("app.suspend.v1", "developer.deactivate.v1", "product.retire.v1", "credential.revoke.v1"):
        assert is_taken(name, reason=text) is taken


@pytest.mark.parametrize(
    ("email", "taken"),
    [
        ("a@b", True),
        (" olga@example.org ", True),
        ("o.l+g'a@example.org", True),
        ("\u00f6lga@example.org", True),
        ("x" * 242 + "@example.org", True),
        ("x" * 243 + "@example.org", False),
        ("example.org", False),
        ("@example.org", False),
        ("olga@", False),
        ("a@b@c", False),
        ("olga @example.org", False),
        ("olga@example.org\nBcc: all@example.org", False),
        ("olga\x00@example.org", False),
        ("", False),
    ],
)
def test_an_email_has_one_at_sign_no_space_and_at_most_254_characters(email: str, *, taken: bool) -> None:
    assert is_taken("developer.register.v1", email=email) is taken
    assert is_taken("developer.change.v1", email=email) is taken


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("a", "", True),
        ("a" * 1_024, "b" * 2_048, True),
        ("a" * 1_025, "b", False),
        ("a", "b" * 2_049, False),
        ("\u00e9" * 512, "\u20ac" * 682, True),
        ("\u00e9" * 513, "b", False),
        ("\u00e9" * 512 + "a", "b", False),
        ("a", "\u20ac" * 683, False),
        ("a", "\u20ac" * 682 + "ab", True),
        ("a", "\u20ac" * 682 + "abc", False),
        ("\U0001f327" * 256, "\U0001f327" * 512, True),
        ("\U0001f327" * 257, "b", False),
        ("a", "\U0001f327" * 513, False),
        ("", "b", False),
        ("a\nb", "b", False),
        ("a", "two\nlines", True),
        ("a", "\x00", False),
        ("\x00", "b", False),
        (" a", "b", False),
        ("a ", "b", False),
        ("a b", " b ", True),
        ("a", 1, False),
        ("a", None, False),
        ("a", True, False),
        ("a", ["b"], False),
    ],
)
def test_an_attribute_has_a_name_of_1_kb_and_a_value_of_2_kb_counted_in_bytes(name: str, value: object, *, taken: bool) -> None:
    assert is_taken("app.set_attributes.v1", attributes={name: value}) is taken
    assert is_taken("app.create.v1", attributes={name: value}) is taken
    if value == "b":
        assert is_taken("app.remove_attributes.v1", names=[name]) is taken


def test_one_command_names_at_most_18_attributes_and_at_least_one() -> None:
    for count, taken in [(0, False), (1, True), (17, True), (18, True), (19, False)]:
        assert is_taken("app.set_attributes.v1", attributes={str(n): "x" for n in range(count)}) is taken
        assert is_taken("app.remove_attributes.v1", names=[str(n) for n in range(count)]) is taken
        assert is_taken("app.create.v1", attributes={str(n): "x" for n in range(count)}) is (taken or count == 0)


def test_one_command_names_at_most_50_products_each_once() -> None:
    ids = [f"0b000000-0000-4000-8000-0000000000{n:02x}" for n in range(51)]
    for count, taken in [(0, False), (1, True), (49, True), (50, True), (51, False)]:
        assert is_taken("app.add_products.v1", products=ids[:count]) is taken
        assert is_taken("app.remove_products.v1", products=ids[:count]) is taken
        assert is_taken("app.create.v1", products=ids[:count]) is (taken or count == 0)
        assert is_taken("app.resubmit.v1", products=ids[:count]) is (taken or count == 0)
        decisions = [{"product_id": each, "verdict": "grant"} for each in ids[:count]]
        assert is_taken("approval.decide.v1", decisions=decisions) is taken
    for name in ("app.add_products.v1", "app.remove_products.v1", "app.create.v1", "app.resubmit.v1"):
        assert not is_taken(name, products=[A, A.upper()])
    assert not is_taken("app.remove_attributes.v1", names=["a", "a"])


@pytest.mark.parametrize(
    ("decisions", "taken"),
    [
        ([{"product_id": A, "verdict": "reject", "reason": "no"}], True),
        ([{"product_id": A, "verdict": "reject"}], False),
        ([{"product_id": A, "verdict": "reject", "reason": " "}], False),
        ([{"product_id": A, "verdict": "grant", "reason": "yes"}], False),
        ([{"product_id": A, "verdict": "grant"}, {"product_id": A, "verdict": "grant"}], False),
        ([{"product_id": A, "verdict": "grant", "extra": 1}], False),
        ([{"product_id": A, "verdict": "maybe"}], False),
        ([{"product_id": 1, "verdict": "grant"}], False),
        ([{"verdict": "grant"}], False),
        (["grant"], False),
        ({"product_id": A, "verdict": "grant"}, False),
    ],
)
def test_a_rejection_has_a_reason_and_a_grant_has_none(decisions: object, *, taken: bool) -> None:
    assert is_taken("approval.decide.v1", decisions=decisions) is taken


@pytest.mark.parametrize(
    ("overlap", "taken"),
    [
        ("PT0S", True),
        ("PT24H", True),
        ("P1D", True),
        ("P7D", True),
        ("PT168H", True),
        ("P7DT1S", False),
        ("P8D", False),
        ("P1Y", False),
        ("-PT1S", False),
        ("-P1D", False),
        (3_600, False),
        (0, False),
        ("3600", False),
        ("", False),
        ("soon", False),
        (None, False),
        (True, False),
    ],
)
def test_an_overlap_is_from_nothing_to_7_days(overlap: object, *, taken: bool) -> None:
    assert is_taken("credential.rotate.v1", overlap=overlap) is taken


def test_an_overlap_is_24_hours_where_none_is_named() -> None:
    assert read("credential.rotate.v1").overlap == timedelta(hours=24)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("expires_at", "taken"),
    [
        ("2027-01-01T00:00:00Z", True),
        ("2027-01-01T00:00:00+05:30", True),
        ("2027-01-01T00:00:00.123456Z", True),
        ("2999-12-31T23:59:59Z", True),
        (None, True),
        ("3000-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59-23:59", False),
        ("2027-01-01T00:00:00", False),
        ("2027-01-01", False),
        ("2027-13-01T00:00:00Z", False),
        ("2027-02-30T00:00:00Z", False),
        (1_800_000_000, False),
        (1.8e9, False),
        ("1800000000", False),
        ("", False),
        ("tomorrow", False),
        (True, False),
    ],
)
def test_an_expiry_is_a_time_with_its_offset(expires_at: object, *, taken: bool) -> None:
    assert is_taken("credential.issue.v1", expires_at=expires_at) is taken
    assert is_taken("credential.rotate.v1", expires_at=expires_at) is taken


@pytest.mark.parametrize(
    "wrong", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 63 + "\n", "0" * 64 + "\n", " " + "0" * 63, 0, b"0".hex()]
)
def test_a_digest_is_64_lower_case_hexadecimals(wrong: object) -> None:
    assert not is_taken("credential.issue.v1", secret_digest=wrong)
    assert not is_taken("credential.rotate.v1", secret_digest=wrong)
    assert is_taken("credential.issue.v1", secret_digest="0" * 64)


UNFIT = ["\x00", *map(chr, (0xD800, 0xDFFF))]
"""U+0000, and surrogates alone."""
TEXTS = [
    ("developer.register.v1", "name", "{}"),
    ("developer.register.v1", "email", "{}@example.org"),
    ("product.add.v1", "description", "{}"),
    ("product.add.v1", "category", "{}"),
    ("app.create.v1", "name", "{}"),
    ("app.edit.v1", "description", "{}"),
    ("app.suspend.v1", "reason", "{}"),
    ("approval.comment.v1", "text", "{}"),
    ("approval.decide.v1", "comment", "{}"),
    ("credential.issue.v1", "secret_digest", "{}"),
]


@pytest.mark.parametrize(("name", "field", "form"), TEXTS)
@pytest.mark.parametrize("bad", UNFIT, ids=ascii)
def test_what_postgresql_cannot_hold_is_refused_at_the_boundary(name: str, field: str, form: str, bad: str) -> None:
    assert is_taken(name, **{field: form.format("aa")}) or field == "secret_digest"
    assert not is_taken(name, **{field: form.format(f"a{bad}a")})


@pytest.mark.parametrize("bad", UNFIT, ids=ascii)
def test_neither_in_attributes_nor_in_urls(bad: str) -> None:
    assert not is_taken("app.set_attributes.v1", attributes={"a": f"a{bad}"})
    assert not is_taken("app.set_attributes.v1", attributes={f"a{bad}": "a"})
    assert not is_taken("app.edit.v1", callback_urls=[f"https://a.example/{bad}"])


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b'"x"', b"1", b"NaN", b'{"app_id": NaN}', b"\xff", b"{}" * 2, b"[" * 10_000])
@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_json_object_is_refused_and_nothing_else_happens(name: str, raw: bytes) -> None:
    with pytest.raises(ValidationError):
        CATALOGUE[name].command.model_validate_json(raw)


def test_an_owner_is_an_id_with_a_kind_that_is_known() -> None:
    assert is_taken("app.create.v1", owner={"kind": "team", "id": A})
    for wrong in [{"kind": "company", "id": A}, {"id": 1}, {}, A, None, [A], {"id": A, "name": "Olga"}]:
        assert not is_taken("app.create.v1", owner=wrong)


@pytest.mark.parametrize("name", WHOLE)
def test_neither_reprs_nor_errors_show_what_was_sent(name: str) -> None:
    marked = {field: "Geheimnis" for field, value in WHOLE[name].items() if isinstance(value, str)}
    with pytest.raises(ValidationError) as error:
        read(name, **marked, unknown="Geheimnis")
    assert "Geheimnis" not in str(error.value)
    command = read(name)
    assert repr(command) == str(command) == f"<{type(command).__name__} {command.target}>"


@given(
    st.sampled_from(sorted(WHOLE)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    st.data(),
)
def test_whatever_json_comes_is_taken_or_refused(name: str, junk: object, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(CATALOGUE[name].command.model_fields)))
    is_taken(name, **{field: junk})
