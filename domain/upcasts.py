"""How events of older versions are read: each old name with the next one, and a pure function from its payload to the next one's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from domain.stored_names import EVENT_NAMES

Payload = dict[str, Any]
Upcast = tuple[str, Callable[[Payload], Payload]]


def _app_deleted_v1(payload: Payload) -> Payload:
    """The first version could not say why."""
    return {**payload, "reason": None}


def _policy_set_v1(payload: Payload) -> Payload:
    """The first version knew no rules."""
    return {**payload, "rules": []}


UPCASTS: Final[Mapping[str, Upcast]] = {
    "app.deleted.v1": ("app.deleted.v2", _app_deleted_v1),
    "policy.set.v1": ("policy.set.v2", _policy_set_v1),
}
"""Add to it, never change it: old events stay in the log for ever."""


def check(upcasts: Mapping[str, Upcast], current: Collection[str]) -> None:
    """Raise ValueError unless every old version leads, one step at a time and without gaps, to a current name."""
    for old in upcasts:
        if old in current:
            raise ValueError(f"{old} is an old name and a current one; a name is never used again: make a new version")
    for old, (new, _) in upcasts.items():
        name, number = version_of(old)
        if (name, number + 1) != version_of(new):
            raise ValueError(f"{old} must be read as the next version, {name}.v{number + 1}, not as {new}")
        if new not in upcasts and new not in current:
            raise ValueError(f"{old} is read as {new}, which is neither a current name nor an old one")
    for latest in current:
        name, number = version_of(latest)
        for earlier in range(1, number):
            if f"{name}.v{earlier}" not in upcasts:
                raise ValueError(f"{latest} is current, but nothing says how {name}.v{earlier} is read: add it to the upcasts")


def version_of(stored_name: str) -> tuple[str, int]:
    """Split a stored name into name and version. Raises ValueError."""
    name, marked, version = stored_name.rpartition(".v")
    if not marked or not version.isdigit():
        raise ValueError(f"{stored_name} has no version: stored names end with .v1, .v2 and so on")
    return name, int(version)


check(UPCASTS, EVENT_NAMES.values())
