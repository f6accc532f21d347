"""Which OAuth client is it? By its id and secret, in the Authorization header or in the form (RFC 6749, section 2.3.1)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import Request

from adapters.checking.verdict import UNKNOWN
from adapters.http.forward_auth import MALFORMED
from adapters.http.oauth.errors import InvalidClient, OAuthError
from adapters.postgres.questions import Questions
from launchpad_client import keys
from readmodels.clients import NO_PRODUCT, works

NO_DIGEST: Final = "0" * 64
"""What a secret is compared with that nobody was given: wrong and unknown take the same way."""
WRONG: Final = "the client's id or secret is wrong"


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """A client whose secret is right and works now."""

    client_id: str
    app_id: UUID
    credential_id: UUID
    ends_at: datetime | None
    now: datetime
    """When that was so, by the database's clock."""


def given_secret(request: Request, form: dict[str, str]) -> tuple[str, str] | None:
    """The client's id and secret as they were sent; none where none were. Raises OAuthError."""
    headers = request.headers.getlist("authorization")
    basic = [header for header in headers if header.partition(" ")[0].lower() == "basic"]
    if len(headers) + ("client_secret" in form) > 1:
        raise OAuthError("invalid_request", "authenticate in one way only")
    if basic:
        client_id, secret = _basic(basic[0].partition(" ")[2].strip())
        if form.get("client_id", client_id) != client_id:
            raise OAuthError("invalid_request", "client_id in the form is another one than in the Authorization header")
        return client_id, secret
    if "client_id" in form and "client_secret" in form:
        return form["client_id"], form["client_secret"]
    return None


def authenticated(questions: Questions, given: tuple[str, str] | None) -> AuthenticatedClient:
    """The client that this is. Raises OAuthError; only who has the right secret is told more than that it is wrong."""
    if given is None:
        raise InvalidClient("send client_id and client_secret: client_secret_basic or client_secret_post")
    client_id, secret = given
    try:
        parsed = keys.parse(secret)
    except keys.NotACredential:
        raise InvalidClient(WRONG, MALFORMED) from None
    answer = questions.one(works(parsed.credential_id, parsed.digest))
    right = keys.compare_digest(parsed.digest, (answer and answer.digest) or NO_DIGEST)
    if answer is None or answer.app_id is None or not right or answer.kind != "oauth_client" or answer.client_id != client_id:
        raise InvalidClient(WRONG, UNKNOWN, parsed.credential_id)
    if answer.reason != NO_PRODUCT:
        raise InvalidClient(f"the client may not: {answer.reason}", answer.reason or UNKNOWN, parsed.credential_id)
    return AuthenticatedClient(client_id, answer.app_id, parsed.credential_id, answer.ends_at, answer.now)


def _basic(encoded: str) -> tuple[str, str]:
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        name = colon = secret = ""
    if not colon:
        raise OAuthError("invalid_request", "the Authorization header is not Basic base64(client_id:client_secret)")
    return unquote_plus(name), unquote_plus(secret)
