"""A policy as its authors write it, in YAML or JSON: read with the line and field of whatever is wrong, and written again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from adapters.yaml_with_places import NotRead, Read, read_yaml
from commands.policy_rules import NAMED_TWICE, WrittenRules, as_rules
from domain.approval_rules import Rule
from domain.limits import MESSAGE_BYTES_MAX, POLICY_DEPTH_MAX

PROBLEMS_MAX: Final = 20
"""As many as one mends before looking again."""
SAID_BY_PYDANTIC: Final = "Value error, "
ALSO_FLOAT: Final = r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"


class PolicyProblem(NamedTuple):
    """One thing that is wrong: where, in which field, and why."""

    source: str
    line: int
    column: int
    field: str
    reason: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.source}:{self.line}:{self.column}: {field}{self.reason}"


class PolicyNotRead(Exception):
    """A policy that can't be read, with all that is wrong with it."""

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class PolicyFile(BaseModel):
    """What stands in such a file."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    mode: Literal["conditional"] = "conditional"
    rules: Annotated[WrittenRules, Field(min_length=1)]


def read_policy(text: str, source: str) -> tuple[Rule, ...]:
    """Return the rules of a conditional policy; `source` is what errors call it. Raises PolicyNotRead."""
    try:
        found = read_yaml(text, bytes_max=MESSAGE_BYTES_MAX, depth_max=POLICY_DEPTH_MAX)
    except NotRead as no:
        raise PolicyNotRead([PolicyProblem(source, no.place.line, no.place.column, "", no.reason)]) from None
    try:
        return as_rules(PolicyFile.model_validate_json(json.dumps(found.value)).rules)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[:PROBLEMS_MAX]
        raise PolicyNotRead([_problem(_loc(each), each["msg"], found, source) for each in wrong]) from None


def written_rules(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules as JSON that can be read again: nothing stands there that was not said."""
    return [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]


def write_policy(rules: Sequence[Mapping[str, Any]]) -> str:
    """A file of these rules, in YAML."""
    return yaml.dump({"rules": list(rules)}, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Quotes what would be read as a number, also where YAML 1.1 sees none in it."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(ALSO_FLOAT), list("-+.0123456789"))


def _loc(error: ErrorDetails) -> tuple[int | str, ...]:
    """Where it is: of a name that stands twice, the second one."""
    return (*error["loc"], error["ctx"]["place"], "name") if error["type"] == NAMED_TWICE else error["loc"]


def _problem(loc: Sequence[int | str], message: str, found: Read, source: str) -> PolicyProblem:
    """Find the field in the text: what is missing is missing where it should stand."""
    path: tuple[int | str, ...] = ()
    missing: list[str] = []
    for part in loc:
        if (*path, part) in found.places:
            path = (*path, part)
        elif part not in FORMS:
            missing.append(str(part))
    place = found.places[path]
    return PolicyProblem(source, place.line, place.column, _spelt([*path, *missing]), message.removeprefix(SAID_BY_PYDANTIC))


FORMS: Final = frozenset({"value", "values", "presence", "[key]"})
"""What pydantic names in a place though nobody wrote it: which form of a wanted attribute it tried."""


def _spelt(path: Sequence[int | str]) -> str:
    spelt = ""
    for part in path:
        spelt += f"[{part}]" if isinstance(part, int) else f".{part}"
    return spelt.removeprefix(".")
