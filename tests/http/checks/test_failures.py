"""Denials are counted within bounds, and told once when they are many."""

from __future__ import annotations

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from adapters.checking.failures import COUNTED_MAX, FAILURES_ALERT, OTHER, SHOWN_MAX, WINDOW_SECONDS, Failures, exposition
from adapters.checking.presented import Presented
from adapters.checking.verdict import Verdict


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def denied(number: int = 1) -> Verdict:
    return Verdict("unknown", Presented("api_key", UUID(int=number), "0" * 64))


def test_the_hundredth_denial_within_a_minute_is_told_once() -> None:
    clock = Clock()
    failures = Failures(clock)
    with capture_logs() as lines:
        for _ in range(FAILURES_ALERT - 1):
            failures.note(denied(), None)
        clock.now += WINDOW_SECONDS
        for _ in range(FAILURES_ALERT - 1):
            failures.note(denied(), None)
        assert lines == []
        for _ in range(FAILURES_ALERT):
            failures.note(denied(), None)
    assert [(each["event"], each["key_id"], each["log_level"]) for each in lines] == [("many denied checks", UUID(int=1).hex, "warning")]


def test_who_tries_many_keys_from_one_address_is_told() -> None:
    failures = Failures(Clock())
    with capture_logs() as lines:
        for number in range(FAILURES_ALERT):
            failures.note(denied(number), " 203.0.113.7")
            failures.note(Verdict(None), "203.0.113.8")
    assert [each["client_address"] for each in lines] == ["203.0.113.7"]


def test_an_address_s_zone_may_say_anything_and_is_not_told() -> None:
    failures = Failures(Clock())
    for address in ("fe80::1%eth0", 'fe80::1%"} 1\nlaunchpad_checks_total{verdict="allowed'):
        failures.note(denied(), address)
    assert failures.clients.most() == [("fe80::/64", 2)]
    assert 'launchpad_denied_by_client_address_total{client_address="fe80::/64"} 2' in exposition(failures)


def test_who_changes_the_ipv6_address_that_he_tries_from_is_told() -> None:
    failures = Failures(Clock())
    with capture_logs() as lines:
        for number in range(FAILURES_ALERT):
            failures.note(denied(number), f"2001:db8:1:2:{number:x}::{number:x}")
            failures.note(denied(number), f"2001:db8:1:{number + 3:x}::1")
    assert [each["client_address"] for each in lines] == ["2001:db8:1:2::/64"]


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[2001:db8::1]:51234", "2001:db8::/64"),
        ("[fe80::1%eth0]:443", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("203.0.113.7:x", OTHER),
        ("203.0.113.7:80:81", OTHER),
        ("203.0.113.300", OTHER),
        ("[203.0.113.7", OTHER),
        ("[]:80", OTHER),
        (":80", OTHER),
        ("unknown", OTHER),
        ("%", OTHER),
    ],
)
def test_an_address_is_counted_whatever_form_a_proxy_gives_it(said: str, counted: str) -> None:
    failures = Failures(Clock())
    failures.note(denied(), said)
    assert failures.clients.most() == [(counted, 1)]


def test_what_is_counted_has_bounds_and_the_one_that_failed_longest_ago_goes_first() -> None:
    failures = Failures(Clock())
    for number in range(COUNTED_MAX + 10):
        failures.note(denied(0), None)
        failures.note(denied(number + 1), f"address {number}")
    assert len(failures.keys._counts) == COUNTED_MAX
    assert failures.keys.most()[0] == (UUID(int=0).hex, COUNTED_MAX + 10)
    assert failures.clients.most() == [(OTHER, COUNTED_MAX + 10)]
    assert len(list(exposition(failures))) == 2 + 1 + 2 + SHOWN_MAX + 2 + 1
