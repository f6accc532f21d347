"""A gateway's connection to one verifier, and the ways in which it asks."""

from __future__ import annotations

import http.client
import json
import select
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Literal, Self, get_args
from urllib.parse import urlencode

from tests.http.revocation.verifiers import Verifier

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Way = Literal["verify", "forward_auth", "introspect"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)


class Gateway:
    """One connection; for one thread, and one question at a time."""

    def __init__(self, verifier: Verifier, token: str, product_id: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", verifier.port, timeout=60)
        self._bearer = {"Authorization": f"Bearer {token}"}
        self._gateway = {"X-Launchpad-Gateway": f"Bearer {token}"}
        self._product_id = product_id

    def allows(self, way: Way, text: str) -> bool:
        """Whether it is allowed, asked in that way."""
        self.ask(way, text)
        return self.told(way)

    def allows_all(self, texts: Sequence[str]) -> list[bool]:
        """Whether each is, asked in a batch."""
        self.ask_all(texts)
        return self.told_all()

    def ask(self, way: Way, text: str) -> None:
        """Send the question; the answer is read later."""
        match way:
            case "verify":
                check = {"credential": text, "product_id": self._product_id}
                self._connection.request("POST", "/v1/verify", json.dumps(check), self._bearer | JSON)
            case "forward_auth":
                headers = self._gateway | {"Authorization": f"Bearer {text}"}
                self._connection.request("GET", f"/v1/forward-auth/{self._product_id}", headers=headers)
            case "introspect":
                self._connection.request("POST", "/oauth/introspect", urlencode({"token": text}), self._bearer | FORM)

    def ask_all(self, texts: Sequence[str]) -> None:
        """Send a batch."""
        checks = [{"credential": text, "product_id": self._product_id} for text in texts]
        self._connection.request("POST", "/v1/verify/batch", json.dumps({"checks": checks}), self._bearer | JSON)

    def told(self, way: Way) -> bool:
        """Read the answer."""
        status, text = self._answer()
        if way == "forward_auth":
            assert status in {200, 401, 403}, status
            return status == 200
        assert status == 200, text
        said = json.loads(text)
        return said["allowed" if way == "verify" else "active"] is True

    def told_all(self) -> list[bool]:
        """Read the answers to a batch."""
        status, text = self._answer()
        assert status == 200, text
        return [each["allowed"] is True for each in json.loads(text)["verdicts"]]

    def allows_all_or_says_nothing(self, texts: Sequence[str]) -> list[bool]:
        """Whether each is; nothing where the verifier says that it can't tell."""
        self.ask_all(texts)
        return self.told_all_or_nothing()

    def told_all_or_nothing(self) -> list[bool]:
        """Read the answers to a batch; nothing where the verifier says that it can't tell."""
        status, text = self._answer()
        assert status in {200, 503}, text
        return [each["allowed"] is True for each in json.loads(text).get("verdicts", ())]

    def was_told(self) -> bool:
        """Whether anything came back yet."""
        return bool(select.select([self._connection.sock], [], [], 0)[0])

    def date(self) -> str:
        """What the verifier says that the time is."""
        self._connection.request("GET", "/ready")
        answered = self._connection.getresponse()
        answered.read()
        return answered.headers["date"]

    def access_token(self, client_id: str, secret: str) -> tuple[int, str | None]:
        """What a client gets for its secret: a status, and an access token."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        self._connection.request("POST", "/oauth/token", urlencode(form), FORM)
        status, text = self._answer()
        return status, json.loads(text).get("access_token")

    def _answer(self) -> tuple[int, bytes]:
        answered = self._connection.getresponse()
        return answered.status, answered.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()
