"""Which gateway asks, without a thread where its token was verified before; and whether it may ask about a product."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from adapters.http.problems import Problem, unauthenticated
from adapters.http.who import must_stand
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.verifier import TokenVerifier
from adapters.postgres.questions import Questions
from commands.principal import Principal, Role

NOT_ALLOWED: Final = "not_allowed"


async def gateway(verifier: TokenVerifier, headers: list[str], questions: Questions) -> Principal:
    """The gateway of these headers (`Bearer <token>`), of which there must be one. Raises Problem."""
    if len(headers) > 1:
        raise Problem(400, "invalid", "the request names who sends it more than once")
    header = headers[0] if headers else None
    known = verifier.remembered(header) if header is not None else None
    if known is None:
        try:
            known = await run_in_threadpool(verifier.verify_bearer, header)  # It may fetch keys.
        except NotAuthenticated as no:
            raise unauthenticated(no.code, no.sentence) from None
    if known.person_id is not None:  # Seldom: gateways are services.
        await run_in_threadpool(must_stand, questions, known.person_id)
    return known


def must_ask_about(principal: Principal, product_id: UUID) -> None:
    """See that this is a gateway to that product. Raises Problem."""
    if principal.may_ask_about(product_id):
        return
    if principal.has(Role.GATEWAY):
        raise Problem(403, NOT_ALLOWED, "the token does not name this product among those that its gateway guards")
    raise Problem(403, NOT_ALLOWED, "only gateways may ask, and the token lists no role gateway")
