"""Errors of OAuth's addresses, in the form that RFC 6749, section 5.2, gives them: its clients read no other."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import Response


class OAuthError(Exception):
    """An answer that is an error; the description is made for people, and never repeats what was sent."""

    def __init__(
        self, error: str, description: str, status: int = HTTPStatus.BAD_REQUEST, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self._said = {"error": error, "error_description": description}
        self._status = status
        self._headers = dict(headers or {})

    def response(self) -> Response:
        """The answer itself."""
        return answer(self._said, self._status, self._headers)


def answer(said: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that nobody in between may keep."""
    kept_by_nobody = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(orjson.dumps(said), status, kept_by_nobody | dict(headers or {}), "application/json")
