"""The OpenAPI document as schemathesis reads it, called by whom each call is for."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import httpx
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import content_type_conformance, negative_data_rejection, response_schema_conformance

from tests.http.conftest import As
from tests.http.oauth.conftest import Door

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, negative_data_rejection]


@dataclass(frozen=True)
class Callers:
    """Who calls what."""

    admin: str
    """What his Authorization header says; so with the others."""
    gateway: str
    client: str

    def headers(self, case: schemathesis.Case[Any]) -> dict[str, str | None]:
        """What proves the caller whom this call is for."""
        path = case.operation.path
        if path.startswith("/v1/forward-auth/"):
            return {"X-Launchpad-Gateway": self.gateway}
        if path.startswith("/v1/verify"):
            return {"Authorization": self.gateway}
        if path.startswith("/oauth/"):
            if isinstance(case.body, dict) and "client_secret" in case.body:
                return {"Authorization": None}  # It is in the form; a client proves itself in one way only.
            return {"Authorization": self.gateway if path.endswith("/introspect") else self.client}
        return {"Authorization": self.admin}

    def call(self, case: schemathesis.Case[Any]) -> Response:
        """Make the call."""
        return case.call(headers=self.headers(case), timeout=30)


def callers(as_: As, admin: httpx.Client, door: Door) -> Callers:
    """An admin, a gateway to every product, and an OAuth client whose secret works."""
    client = b64encode(f"{door.client_id}:{door.secret}".encode()).decode()
    return Callers(admin.headers["authorization"], as_("gateway:edge").headers["authorization"], f"Basic {client}")


def schema(document: dict[str, Any], url: str) -> BaseSchema:
    """What may be called. Who calls is our business: a token that schemathesis makes up, or leaves out, is no part of it."""
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=url)
    return loaded


def is_not_followed_yet(answered: Response) -> bool:
    """Whether it names a position that nobody has written yet, or that is not shown yet: no error of ours."""
    return answered.status_code == 503 and answered.json()["code"] == "not_followed_yet"
