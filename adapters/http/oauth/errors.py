"""Errors of OAuth's addresses, in the form that RFC 6749, section 5.2, gives them: its clients read no other."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from uuid import UUID

import orjson
from fastapi import Response

CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="launchpad", charset="UTF-8"'}


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


class InvalidClient(OAuthError):
    """A client that is not let in: `reason` is a gateway's, for what was presented; none where nothing was."""

    def __init__(self, description: str, reason: str | None = None, credential_id: UUID | None = None) -> None:
        super().__init__("invalid_client", description, HTTPStatus.UNAUTHORIZED, CHALLENGE)
        self.reason = reason
        self.credential_id = credential_id


def answer(said: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that nobody in between may keep."""
    kept_by_nobody = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(orjson.dumps(said), status, kept_by_nobody | dict(headers or {}), "application/json")
