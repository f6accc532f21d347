"""HTTP as the command line calls it: JSON in, JSON out, and errors as sentences."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from adapters.cli.told import Told

TIMEOUT_SECONDS: Final = 60.0
KNOCK_SECONDS: Final = 2.0


class Http:
    """One server, and the token for it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token

    def answers(self) -> bool:
        """Whether a server of ours answers there."""
        try:
            status, body = self._call("GET", "/health", None, KNOCK_SECONDS)
        except (OSError, http.client.HTTPException):
            return False
        return status == http.HTTPStatus.OK and b'"live"' in body

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The answer's content. Raises Told."""
        return self._json("GET", path, None)

    def post(self, path: str, content: object, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer's content. Raises Told."""
        return self._json("POST", path, orjson.dumps(content), headers)

    def put(self, path: str, content: object) -> Any:  # noqa: ANN401 - JSON
        """The answer's content. Raises Told."""
        return self._json("PUT", path, orjson.dumps(content))

    def patch(self, path: str, content: object) -> Any:  # noqa: ANN401 - JSON
        """The answer's content. Raises Told."""
        return self._json("PATCH", path, orjson.dumps(content))

    def delete(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The answer's content. Raises Told."""
        return self._json("DELETE", path, None)

    def all_of(self, path: str) -> list[Any]:
        """The items of every page of a list. Raises Told."""
        items: list[Any] = []
        joint, cursor = "&" if "?" in path else "?", ""
        while True:
            page = self.get(f"{path}{joint}limit=200{cursor}")
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    def try_get(self, path: str) -> Any | None:  # noqa: ANN401 - JSON
        """The answer's content; none where the answer is an error or there is no answer."""
        try:
            status, body = self._call("GET", path, None, TIMEOUT_SECONDS)
        except (OSError, http.client.HTTPException):
            return None
        return orjson.loads(body) if status == http.HTTPStatus.OK else None

    def _json(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        try:
            status, body = self._call(method, path, content, TIMEOUT_SECONDS, headers)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise Told(
                f"{self.url} does not answer: {reason}", "see that it is served (launchpad serve, launchpad run), or give --url"
            ) from None
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Told(f"{self.url} is no server of ours: it answers {status} with something else than JSON") from None
        if status in {http.HTTPStatus.OK, http.HTTPStatus.CREATED}:
            return said
        problem = said if isinstance(said, dict) else {}
        raise Told(f"{self.url} answers {status} {problem.get('code', '')}: {problem.get('detail', '')}")

    def _call(
        self, method: str, path: str, content: bytes | None, timeout: float, more: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        headers = dict(more or {}) | ({"content-type": "application/json"} if content else {})
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, f"{parts.path}{path}", content, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
