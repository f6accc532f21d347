"""ONE verifier for every way in: a token comes in, a principal goes out, or NotAuthenticated."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError

from adapters.identity.claims import Profile, principal_from, profile_from
from adapters.identity.jwks import Keys, KeysUnreadable
from adapters.identity.not_authenticated import NotAuthenticated
from adapters.identity.token_form import ALGORITHMS, take_apart
from commands.principal import Principal

CACHE_TOKENS_MAX: Final = 10_000
"""About 10 MB; more callers than that at a time only pay for the signature again."""
_REGISTRY: Final = jws.JWSRegistry(algorithms=list(ALGORITHMS))


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Who may sign tokens, where his keys are, and what he may say."""

    name: str
    keys: Keys
    audience: str | None = None
    """Where his tokens carry another audience than ours."""
    vouches_for_system: bool = False
    """Whether he may speak for the system itself; only our own local issuer may."""


class TokenVerifier:
    """Verifies tokens of these issuers, meant for this audience. Safe to share between threads."""

    def __init__(self, issuers: Sequence[TrustedIssuer], audience: str) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._audience = audience
        self._verified: OrderedDict[bytes, tuple[Principal, float, Keys, int]] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, token: str, now: float | None = None) -> Principal:
        """Who that token proves, at that time (UNIX time; default: now). Raises NotAuthenticated."""
        if now is None:
            now = time.time()
        try:
            digest = sha256(token.encode("ascii")).digest()
        except UnicodeEncodeError:
            raise NotAuthenticated("token_malformed", "the token is not a JWT: it holds characters beyond ASCII") from None
        hit = self._verified.get(digest)
        if hit is not None:
            principal, valid_until, keys, generation = hit
            if now >= keys.due:
                keys.look_again(now)
            if now < valid_until and generation == keys.generation:
                try:  # noqa: SIM105 - suppress() would cost half as much again as all the rest
                    self._verified.move_to_end(digest)
                except KeyError:
                    pass  # Another thread put it out a moment ago.
                return principal
            self._verified.pop(digest, None)
        return self._verify_anew(token, digest, now)

    def verify_bearer(self, header: str | bytes | None, now: float | None = None) -> Principal:
        """Who an `authorization` header proves (`Bearer <token>`), on Kafka as on HTTP. Raises NotAuthenticated."""
        if isinstance(header, bytes):
            header = header.decode("latin-1")
        scheme, _, token = (header or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("token_missing", "send a token: authorization: Bearer <token>")
        return self.verify(token.strip(), now)

    def profile_of_bearer(self, header: str | bytes | None, now: float | None = None) -> Profile | None:
        """What such a header's token says of a person beside who he is; none where it does not say it. Raises NotAuthenticated."""
        principal = self.verify_bearer(header, now)
        if principal.person_id is None:
            return None
        text = header.decode("latin-1") if isinstance(header, bytes) else header or ""
        return profile_from(take_apart(text.strip().partition(" ")[2].strip()).claims)

    def remembered(self, header: str, now: float | None = None) -> Principal | None:
        """Who that `authorization` header proves, if its token was verified before and no key need be looked at: never waits."""
        now = time.time() if now is None else now
        hit = (
            self._verified.get(sha256(header[7:].strip().encode("ascii", "replace")).digest()) if header[:7].lower() == "bearer " else None
        )
        if hit is None:
            return None
        principal, valid_until, keys, generation = hit
        return principal if now < valid_until and now < keys.due and generation == keys.generation else None

    def _verify_anew(self, token: str, digest: bytes, now: float) -> Principal:
        parts = take_apart(token)
        issuer = self._issuers.get(parts.issuer)
        if issuer is None:
            raise NotAuthenticated("issuer_unknown", "the token's issuer is not trusted here; ask the operator which one is")
        try:
            found = issuer.keys.find(parts.kid, parts.algorithm, now)
        except KeysUnreadable:
            raise NotAuthenticated("issuer_unavailable", "the issuer's keys can't be had at the moment; try again later") from None
        if found is None:
            raise NotAuthenticated("key_unknown", "the token is signed with a key that its issuer doesn't list, or lists no longer")
        key, generation = found
        try:
            jws.deserialize_compact(token, key, algorithms=[parts.algorithm], registry=_REGISTRY)
        except (JoseError, ValueError):
            raise NotAuthenticated(
                "signature_wrong", "the token's signature is wrong; it was changed, or somebody else signed it"
            ) from None
        principal, valid_until = principal_from(
            parts.claims, issuer.audience or self._audience, now, may_be_system=issuer.vouches_for_system
        )
        with self._lock:
            self._verified[digest] = (principal, valid_until, issuer.keys, generation)
            while len(self._verified) > CACHE_TOKENS_MAX:
                self._verified.popitem(last=False)
        return principal
