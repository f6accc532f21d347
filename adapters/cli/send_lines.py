"""The lines of a file of commands (NDJSON)."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: UUID | None = None
    type: str
    data: dict[str, Any]
    onbehalfof: UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One command, as it stands in the file."""

    number: int
    id: UUID
    type: str
    data: dict[str, Any]
    onbehalfof: UUID | None

    def message(self) -> dict[str, Any]:
        """The command as HTTP takes it."""
        told = {"id": str(self.id), "type": self.type, "data": self.data}
        return told if self.onbehalfof is None else told | {"onbehalfof": str(self.onbehalfof)}


def read_lines(file: str) -> tuple[list[Line], list[tuple[int, str]]]:
    """The commands of a file (or of standard input, for -), and the lines that are none, with the reason."""
    lines, broken = [], []
    with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as source:
        for number, text in enumerate(source, 1):
            if not text.strip():
                continue
            try:
                lines.append(_read(number, text))
            except ValueError as error:
                broken.append((number, f"not a command: {error}"))
    return lines, broken


def _read(number: int, text: bytes) -> Line:
    try:
        said = _Line.model_validate_json(orjson.dumps(orjson.loads(text)))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos}") from None
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False, include_url=False))
        raise ValueError("; ".join(problems)) from None
    return Line(number, said.id or uuid4(), said.type, said.data, said.onbehalfof)
