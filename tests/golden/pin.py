"""Pin the schema of each stored name, once: `python -m tests.golden.pin` adds new names and never changes an old one."""

import json
from pathlib import Path
from typing import Any

from domain.event import Event
from domain.stored_names import EVENT_NAMES

SCHEMAS = Path(__file__).with_name("schemas.json")
WORDING = {"description", "title"}  # What only explains is no part of the format.


def schema(event: type[Event]) -> Any:  # noqa: ANN401 - a JSON schema is any JSON
    """What is stored of an event, without the words that explain it."""
    return _bare(event.model_json_schema(mode="serialization"))


def pinned() -> dict[str, Any]:
    """The schemas as they were when their names came into use."""
    return dict(json.loads(SCHEMAS.read_text("utf-8")))


def pin() -> list[str]:
    """Pin the names that are new; return them."""
    schemas = pinned() if SCHEMAS.exists() else {}
    added = {name: schema(event) for event, name in EVENT_NAMES.items() if name not in schemas}
    SCHEMAS.write_text(json.dumps(dict(sorted((schemas | added).items())), indent=1) + "\n", "utf-8")
    return sorted(added)


def _bare(part: Any) -> Any:  # noqa: ANN401 - see schema
    if isinstance(part, list):
        return [_bare(each) for each in part]
    if not isinstance(part, dict):
        return part
    names_fields = {"properties", "$defs"}  # Their keys are names of ours, which may be called anything.
    return {
        key: {name: _bare(each) for name, each in value.items()} if key in names_fields else _bare(value)
        for key, value in part.items()
        if key not in WORDING or not isinstance(value, str)
    }


if __name__ == "__main__":
    print("\n".join(pin()) or "nothing new")  # noqa: T201 - a command of its own
