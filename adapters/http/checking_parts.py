"""What the gateway's routes share."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import Scope

from adapters.checking.checks import Checks
from adapters.checking.failures import Failures
from adapters.identity.verifier import TokenVerifier
from adapters.postgres.questions import Questions


@dataclass(frozen=True, slots=True)
class CheckingParts:
    """Who asks, what is answered, and what is counted."""

    verifier: TokenVerifier
    checks: Checks
    questions: Questions
    failures: Failures = field(default_factory=Failures)


def headers_named(scope: Scope, name: bytes) -> list[str]:
    """Every header of that name (lower case), as it came."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
