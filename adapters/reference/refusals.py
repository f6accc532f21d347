"""Every code that a command may be answered with, and its sentence: read from where it is raised, so that none can be missing."""

from __future__ import annotations

import ast
import enum
import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import getsource
from types import ModuleType
from typing import Any, Final, get_type_hints

import commands
import domain
from adapters import identity
from adapters.identity.not_authenticated import NotAuthenticated
from domain.refused import Refused
from domain.state import Stream

Sentences = dict[str, set[str]]
NEVER: Final = "absent"
"""The status of what is not there yet: that is refused as unknown, and never under this name."""
UNTOLD: Final = "…"
"""What a sentence names in this place is known only when it is said."""


def refusals() -> Sentences:
    """The sentences of each code that the rules refuse with."""
    return _gathered(Refused, domain, commands)


def rejections() -> Sentences:
    """The sentences of each code that a token is turned away with."""
    return _gathered(NotAuthenticated, identity)


def as_table(found: Sentences) -> str:
    """Codes and sentences as a table in Markdown."""
    # Markdown takes <token> for HTML.
    rows = [f"| `{code}` | {'<br>'.join(each.replace('<', '&lt;') for each in sorted(found[code]))} |" for code in sorted(found)]
    return "\n".join(["| code | sentence |", "|---|---|", *rows])


def _gathered(raised: type[Exception], *packages: ModuleType) -> Sentences:
    found: Sentences = {}
    for package in packages:
        for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for code, sentence in of_module(import_module(each.name), raised):
                found.setdefault(code, set()).add(sentence)
    return found


def of_module(module: ModuleType, raised: type[Exception]) -> Iterator[tuple[str, str]]:
    """Each code that a module raises, with its sentence. Raises ValueError where the code does not stand at the `raise`."""
    tree = ast.parse(getsource(module))
    for room in tree.body:
        enums = _enums(getattr(module, room.name)) if isinstance(room, ast.ClassDef) else {}
        for node in ast.walk(room):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == raised.__name__:
                yield from _said(node, enums, module)


def _said(call: ast.Call, enums: Mapping[str, type[enum.StrEnum]], module: ModuleType) -> Iterator[tuple[str, str]]:
    code, sentence = call.args
    if isinstance(code, ast.Constant):
        yield str(code.value), _text(sentence, {}, module)
        return
    named = [ast.unparse(part.value) for part in ast.walk(code) if isinstance(part, ast.FormattedValue)]
    if len(named) != 1 or named[0] not in enums:
        raise ValueError(f"{module.__name__}, line {call.lineno}: name the code where it is raised, or make it of an enumeration")
    for member in enums[named[0]]:
        if member != NEVER:
            known = {named[0]: str(member)}
            yield _text(code, known, module), _text(sentence, known, module)


def _enums(kind: type[object]) -> dict[str, type[enum.StrEnum]]:
    """What a class knows of itself that has but a few values: `self.status`."""
    hints = get_type_hints(kind, localns={"Stream": Stream})
    return {f"self.{name}": hint for name, hint in hints.items() if isinstance(hint, type) and issubclass(hint, enum.StrEnum)}


def _text(part: ast.expr, known: Mapping[str, str], module: ModuleType) -> str:
    """A literal as text, with UNTOLD in the place of what is known only when it is raised."""
    if isinstance(part, ast.JoinedStr):
        return "".join(_text(each, known, module) for each in part.values)
    if isinstance(part, ast.FormattedValue):
        return _value(part.value, known, module)
    return str(ast.literal_eval(part))


def _value(part: ast.expr, known: Mapping[str, str], module: ModuleType) -> str:
    text = ast.unparse(part)
    if text in known:
        return known[text]
    try:
        value: Any = eval(text, dict(vars(module)))  # noqa: S307 - our own source: a limit of ours, or a list of names
    except NameError:
        return UNTOLD
    return str(value)
