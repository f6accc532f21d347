"""A question to a read model: SQL text, its parameters, and the type of the rows that answer it. Adapters run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, LiteralString, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Question(Generic[Row]):
    """Made by a function whose arguments type the parameters; every value travels as a parameter, never inside the text."""

    text: LiteralString
    row: type[Row]
    parameters: Mapping[str, Any] = field(default_factory=dict)
