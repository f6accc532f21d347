"""/v1/forward-auth/{product}: a proxy hands on a request's headers, and obeys the status. 200, 401, 403 or 503, for any method."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.checking.checks import CannotCheck, Check
from adapters.checking.verdict import Verdict
from adapters.http.checking_parts import CheckingParts, headers_named
from adapters.http.gateways import NOT_ALLOWED, gateway, must_ask_about
from adapters.http.problems import RETRY_SECONDS, Problem

PATH: Final = "/v1/forward-auth/"
MALFORMED: Final = "malformed"
PRODUCT_UNKNOWN: Final = "product_unknown"
UNPROVED: Final = frozenset({"unknown", MALFORMED, "revoked", "expired", "overlap_ended"})
"""Reasons that lie in the credential: another one may help (401). With all others, it is known and may not (403)."""
ATTRIBUTES_BYTES_MAX: Final = 4_096
"""Proxies have 8 KB for an answer's headers; larger attributes are left out, and told by verify."""
HEADERS: Final = (
    "X-Launchpad-App",
    "X-Launchpad-App-Name",
    "X-Launchpad-Owner",
    "X-Launchpad-Credential",
    "X-Launchpad-Kind",
    "X-Launchpad-Attributes",
    "X-Launchpad-Attributes-Left-Out",
    "X-Launchpad-Expires",
    "X-Launchpad-Reason",
)
"""All that we tell; a gateway strips what its clients send under these names, and its own X-Launchpad-Gateway."""


class ForwardAuth:
    """The check for proxies. The body is never read."""

    def __init__(self, parts: CheckingParts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope)
        except CannotCheck:
            response = Response(status_code=503, headers={"Retry-After": str(RETRY_SECONDS)})
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        product_id = _product(scope["path"])
        try:
            principal = await gateway(self._parts.verifier, headers_named(scope, b"x-launchpad-gateway"), self._parts.questions)
            must_ask_about(principal, product_id or UUID(int=0))
        except Problem as problem:
            if problem.status == 503:  # noqa: PLR2004 - the issuer's keys can't be had
                raise CannotCheck(problem.body["detail"]) from None
            # Never 401: that would tell the client that its own credential is bad.
            return Response(problem.body["detail"] + "\n", 403, {"X-Launchpad-Reason": NOT_ALLOWED}, "text/plain")
        sent = _credentials(scope)
        if product_id is None:
            verdict = Verdict(PRODUCT_UNKNOWN)
        elif len(sent) == 1 and sent[0]:
            (verdict,) = await self._parts.checks.check([Check(sent[0], product_id)])
        else:
            verdict = Verdict(MALFORMED)
        self._parts.failures.note(verdict, _client(scope))
        return allowed(verdict) if verdict.allowed else denied(verdict, anything_sent=bool(sent))


def _product(path: str) -> UUID | None:
    """The product in the path; proxies may add the path that they were asked for."""
    try:
        return UUID(path.removeprefix(PATH).partition("/")[0])
    except ValueError:
        return None


def _credentials(scope: Scope) -> list[str]:
    """Each credential that was sent; an empty text for what is none."""
    sent = headers_named(scope, b"x-api-key")
    for header in headers_named(scope, b"authorization"):
        scheme, _, token = header.strip().partition(" ")
        sent.append(token.strip() if scheme.lower() == "bearer" else "")
    return [text.strip() for text in sent]


def _client(scope: Scope) -> str | None:
    """The last address in X-Forwarded-For: the one that the gateway itself saw."""
    forwarded = headers_named(scope, b"x-forwarded-for")
    return forwarded[-1].rpartition(",")[2] if forwarded else None


def denied(verdict: Verdict, *, anything_sent: bool) -> Response:
    """401 where another credential may help, else 403; the reason as a header."""
    reason = verdict.reason or "unknown"
    headers = {"X-Launchpad-Reason": reason}
    if reason not in UNPROVED:
        return Response(status_code=403, headers=headers)
    # RFC 6750, section 3.1: who sent nothing is told no error.
    headers["WWW-Authenticate"] = f'Bearer error="invalid_token", error_description="{reason}"' if anything_sent else "Bearer"
    return Response(status_code=401, headers=headers)


def allowed(verdict: Verdict) -> Response:
    """200, with whose call it is in headers: printable ASCII, and not more than a proxy takes."""
    presented, answer = verdict.presented, verdict.answer
    assert presented is not None  # noqa: S101 - what is allowed was proved
    assert answer is not None  # noqa: S101 - as above
    headers = {
        "X-Launchpad-App": str(answer.app_id),
        "X-Launchpad-App-Name": quote(answer.name or "", safe=""),
        "X-Launchpad-Owner": f"{answer.owner_kind}:{answer.owner_id}",
        "X-Launchpad-Credential": str(presented.credential_id),
        "X-Launchpad-Kind": presented.kind,
    }
    attributes = json.dumps(answer.attributes or {}, separators=(",", ":")).replace("\x7f", "\\u007f")
    if len(attributes) <= ATTRIBUTES_BYTES_MAX:
        headers["X-Launchpad-Attributes"] = attributes
    else:
        headers["X-Launchpad-Attributes-Left-Out"] = str(len(attributes))
    if verdict.expires_at is not None:
        headers["X-Launchpad-Expires"] = verdict.expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Response(status_code=200, headers=headers)


def routes(parts: CheckingParts) -> list[Route]:
    """The way for proxies, whatever they add to the path."""
    return [Route(PATH + "{rest:path}", ForwardAuth(parts), name="forward_auth")]
