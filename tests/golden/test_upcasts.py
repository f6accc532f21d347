"""The chain of old versions: gapless, to a current name, no name twice."""

import pytest

from adapters.postgres.codec import EventCodec, UnknownEvent, WithoutKeys
from domain.app import AppSuspended
from domain.upcasts import Payload, check, version_of


def same(payload: Payload) -> Payload:
    return payload


def test_a_gapless_chain_to_a_current_name_passes() -> None:
    check({"app.cut.v1": ("app.cut.v2", same), "app.cut.v2": ("app.cut.v3", same)}, ["app.cut.v3", "app.made.v1"])


@pytest.mark.parametrize(
    ("upcasts", "current", "said"),
    [
        ({"app.cut.v1": ("app.cut.v3", same)}, ["app.cut.v3"], "must be read as the next version, app.cut.v2"),
        ({"app.cut.v1": ("app.made.v2", same)}, ["app.made.v2"], "must be read as the next version, app.cut.v2"),
        ({"app.cut.v1": ("app.cut.v2", same)}, ["app.made.v1"], "neither a current name nor an old one"),
        ({"app.cut.v1": ("app.cut.v2", same)}, ["app.cut.v1", "app.cut.v2"], "a name is never used again"),
        ({"app.cut.v2": ("app.cut.v3", same)}, ["app.cut.v3"], "nothing says how app.cut.v1 is read"),
        ({}, ["app.cut.v2"], "nothing says how app.cut.v1 is read"),
        ({}, ["app.cut"], "has no version"),
    ],
)
def test_a_broken_chain_says_what_is_wrong(upcasts: dict[str, tuple[str, object]], current: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check(upcasts, current)  # type: ignore[arg-type]


def test_several_steps_are_taken_one_after_the_other() -> None:
    def why(payload: Payload) -> Payload:
        return {"why": payload["because"]}

    def reason(payload: Payload) -> Payload:
        return {"reason": payload["why"].upper()}

    codec = EventCodec(WithoutKeys(), {"app.stopped.v1": ("app.stopped.v2", why), "app.stopped.v2": ("app.suspended.v1", reason)})
    assert codec.decode("app-1", "app.stopped.v1", b'{"because":"late"}') == AppSuspended(reason="LATE")


@pytest.mark.parametrize("name", ["app.exploded.v1", "app.deleted.v3", "app.deleted", ""])
def test_an_unknown_name_or_version_says_that_an_upgrade_is_needed(name: str) -> None:
    with pytest.raises(UnknownEvent, match=f"an event named {name}, which this version of the program does not know: run a newer version"):
        EventCodec(WithoutKeys()).decode("app-1", name, b"{}")


def test_a_name_is_split_into_name_and_version() -> None:
    assert version_of("app.deleted.v12") == ("app.deleted", 12)
