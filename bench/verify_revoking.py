"""From the acknowledgement of a revocation to the first denial: how long the answer to a check takes that starts at that moment."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer
from adapters.intake import Request
from adapters.local.ports import LOOPBACK
from adapters.logging import set_up_logging
from adapters.settings import Settings
from bench.mix import PRODUCT, Person, people, request
from commands.outcome import OutcomeKind
from domain.limits import APP_CREDENTIALS_MAX
from launchpad_client.keys import make_credential

TIMEOUT_SECONDS: Final = 20


class Revoker:
    """An owner who revokes his keys, and a gateway that presents each at once."""

    def __init__(self, environment: Mapping[str, str], port: int) -> None:
        set_up_logging("json", "warning")
        settings = Settings.load(environment)
        self._launchpad = Launchpad(settings)
        self._taker = self._launchpad.taker()
        who = people(settings, 1)
        self._owner: Person = who.owners[0]
        self._token = LocalIssuer(settings.home, settings.audience).issue("gateway:bench")
        self._client = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_SECONDS)
        product = {"product_id": PRODUCT, "name": "Departures", "needs_approval": False}
        person = {"developer_id": self._owner.id, "name": "Rita", "email": "rita@example.com"}
        self._take(request("product.add.v1", who.admin, product), request("developer.register.v1", self._owner, person))

    def revoke(self, count: int) -> list[float]:
        """Revoke so many, one after the other; milliseconds of each. Raises RuntimeError where one was still allowed."""
        milliseconds: list[float] = []
        self._client.close()
        while len(milliseconds) < count:
            app_id = uuid4()
            created = {"app_id": app_id, "owner": {"kind": "developer", "id": self._owner.id}, "name": f"{app_id}", "products": [PRODUCT]}
            made = [make_credential("api_key", "live", uuid4()) for _ in range(min(APP_CREDENTIALS_MAX, count - len(milliseconds)))]
            issued = [
                {"app_id": app_id, "credential_id": UUID(hex=each.key_id), "kind": "api_key", "secret_digest": each.digest} for each in made
            ]
            issues = [request("credential.issue.v1", self._owner, each) for each in issued]
            self._take(request("app.create.v1", self._owner, created), *issues)
            for each in made:
                self._expect(each.text, allowed=True)
                revoked = {"app_id": app_id, "credential_id": UUID(hex=each.key_id), "reason": "leaked"}
                self._take(request("credential.revoke.v1", self._owner, revoked))
                acknowledged = time.perf_counter()
                self._expect(each.text, allowed=False)
                milliseconds.append(1_000 * (time.perf_counter() - acknowledged))
        return milliseconds

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        self._launchpad.close()

    def _take(self, *requests: Request) -> None:
        outcomes = self._taker.take(list(requests))
        if any(outcome.kind is not OutcomeKind.ACCEPTED for outcome in outcomes):
            raise RuntimeError(f"not accepted: {outcomes}")

    def _expect(self, key: str, *, allowed: bool) -> None:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        self._client.request("POST", "/v1/verify", orjson.dumps({"credential": key, "product_id": PRODUCT}), headers)
        said: dict[str, Any] = orjson.loads(self._client.getresponse().read())
        if said["allowed"] is not allowed:
            raise RuntimeError(f"not as expected: {said}")
