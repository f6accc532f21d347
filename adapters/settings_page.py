"""docs/reference/settings.md, made from the settings themselves: `python -m adapters.settings_page`."""

from __future__ import annotations

import sys
import types
import typing
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from adapters.settings import CLONE, TEST_PREFIX, Settings, variable

PAGE: Final = CLONE / "docs" / "reference" / "settings.md"
_HEAD: Final = f"""# Settings

Every setting is an environment variable; an empty one counts as unset. All are checked when a program starts: each problem is
told in one line that names the variable and what to do, and never shows a secret. A `LAUNCHPAD_` variable that is not on this
page is an error (`{TEST_PREFIX}*`, which only the tests read, and what Kubernetes sets for a Service called `launchpad` are passed over).

This page is made from `adapters/settings.py`: `python -m adapters.settings_page` writes it anew.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *(_section(name, field) for name, field in Settings.model_fields.items())])


def _section(name: str, field: FieldInfo) -> str:
    lines = [f"## `{variable(name)}`", "", str(field.description), ""]
    if choices := _choices(field.annotation):
        lines.append(f"- One of: {', '.join(f'`{choice}`' for choice in choices)}")
    lines.append(f"- Default: {_default(field)}")
    lines += [f"- Example: `{variable(name)}='{example}'`" for example in field.examples or []]
    return "\n".join([*lines, ""])


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "see above"
    if field.default in (None, ()):
        return "unset"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    is_list = isinstance(field.default, tuple) and not hasattr(field.default, "_fields")
    return f"`{','.join(field.default)}`" if is_list else f"`{field.default}`"


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type is what it reads
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return next((choices for part in typing.get_args(annotation) if (choices := _choices(part))), ())
    return ()


def write(path: Path = PAGE) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.stdout.write(f"{PAGE.relative_to(CLONE)} written\n")
