"""HTTP as the command line calls it: JSON in, JSON out, and errors as sentences."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from adapters.cli.told import Told

TIMEOUT_SECONDS: Final = 60.0
KNOCK_SECONDS: Final = 2.0
PIECE_BYTES: Final = 65_536


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

    def pieces(self, path: str) -> Iterator[bytes]:
        """The answer's content as it comes, however large it is. Raises Told."""
        connection, headers = self._connection(TIMEOUT_SECONDS), self._headers()
        try:
            connection.request("GET", f"{urlsplit(self.url).path}{path}", headers=headers)
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise self._told(response.status, response.read())
            while piece := response.read(PIECE_BYTES):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from None
        finally:
            connection.close()

    def _json(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        try:
            status, body = self._call(method, path, content, TIMEOUT_SECONDS, headers)
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from None
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise self._told(status, body) from None
        if status in {http.HTTPStatus.OK, http.HTTPStatus.CREATED}:
            return said
        raise self._told(status, body)

    def _silent(self, error: Exception) -> Told:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return Told(f"{self.url} does not answer: {reason}", "see that it is served (launchpad serve, launchpad run), or give --url")

    def _told(self, status: int, body: bytes) -> Told:
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            return Told(f"{self.url} is no server of ours: it answers {status} with something else than JSON")
        problem = said if isinstance(said, dict) else {}
        return Told(f"{self.url} answers {status} {problem.get('code', '')}: {problem.get('detail', '')}")

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=timeout)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    def _call(
        self, method: str, path: str, content: bytes | None, timeout: float, more: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = self._connection(timeout)
        headers = dict(more or {}) | ({"content-type": "application/json"} if content else {}) | self._headers()
        try:
            connection.request(method, f"{urlsplit(self.url).path}{path}", content, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
