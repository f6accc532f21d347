"""An issuer of our own, for development: its key lies in LAUNCHPAD_HOME, and LAUNCHPAD_LOCAL_ISSUER decides whether it is trusted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from adapters.kept_file import NotKept, kept
from adapters.settings import LOCAL_ISSUER
from commands.principal import EVERYONE, Everyone, Role, person_id

KEY_FILE: Final = "local-issuer.pem"
LIFETIME_DEFAULT: Final = timedelta(hours=12)
"""A day's work."""
LIFETIME_MAX: Final = timedelta(days=30)
"""A token on a developer's machine can't be called back."""
_NAME: Final = re.compile(r"[A-Za-z0-9._@+-]{1,100}")
_EMAIL: Final = re.compile(r"[^@]+@[^@]+")
_PERSONS: Final = {
    "developer": frozenset[Role](),
    "admin": frozenset({Role.PORTAL_ADMIN}),
    "auditor": frozenset({Role.AUDITOR}),
    "analyst": frozenset({Role.ANALYST}),
}
_SERVICES: Final = {"service": frozenset[Role](), "gateway": frozenset({Role.GATEWAY})}


class CannotIssue(Exception):
    """No such token can be made; the sentence says which can."""


class LocalIssuer:
    """Signs tokens with the key in that folder, which is made when there is none. Raises NotKept."""

    def __init__(self, home: Path, audience: str) -> None:
        self._audience = audience
        path = home / KEY_FILE
        try:
            self._key = ECKey.import_key(kept(path, _new_key))
        except (JoseError, ValueError) as error:
            raise NotKept(f"{path} is not a key; remove it, and a new one is made (tokens of the old one end)") from error
        self._key.ensure_kid()

    def issue(
        self,
        as_: str,
        *,
        may_act: Iterable[UUID] | Everyone = (),
        products: Iterable[UUID] | Everyone = EVERYONE,
        lifetime: timedelta = LIFETIME_DEFAULT,
        now: float | None = None,
    ) -> str:
        """A token for `developer:NAME`, `admin:NAME`, `auditor:NAME`, `analyst:NAME`, `service:NAME`, `gateway:NAME` or `system`.

        A NAME is one person, whatever he holds: `admin:ada` is the developer `ada` with a role. `products` are those that a gateway
        may ask about. Raises CannotIssue.
        """
        if not timedelta(0) < lifetime <= LIFETIME_MAX:
            raise CannotIssue(f"a local token lives more than nothing and at most {LIFETIME_MAX.days} days")
        issued = int(time.time() if now is None else now)
        claims = _who(as_) | {"iss": LOCAL_ISSUER, "aud": self._audience, "iat": issued, "exp": issued + int(lifetime.total_seconds())}
        allowed = ["*"] if may_act is EVERYONE else [str(developer) for developer in may_act]
        if allowed and claims["kind"] != "service":
            raise CannotIssue("only service:NAME can act on behalf of developers")
        if allowed:
            claims["may_act"] = allowed
        if as_.startswith("gateway:"):
            claims["products"] = ["*"] if products is EVERYONE else [str(product) for product in products]
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": self._key.kid or ""}, claims, self._key)

    def key_set(self) -> bytes:
        """The public key as a JWKS."""
        return json.dumps({"keys": [self._key.as_dict(private=False)]}).encode()


def developer_id(name: str) -> UUID:
    """The developer id of the person that the local issuer calls NAME."""
    return person_id(LOCAL_ISSUER, name)


def _who(as_: str) -> dict[str, object]:
    if as_ == "system":
        return {"sub": "system", "kind": "system", "roles": [Role.SYSTEM]}
    what, _, name = as_.partition(":")
    if (what in _PERSONS or what in _SERVICES) and _NAME.fullmatch(name):
        if what in _PERSONS:
            return {"sub": name, "kind": "person", "roles": sorted(_PERSONS[what])} | _profile(name)
        return {"sub": name, "kind": "service", "roles": sorted(_SERVICES[what])}
    raise CannotIssue(
        f"a token is made for {', '.join(f'{known}:NAME' for known in (*_PERSONS, *_SERVICES))} or system; a NAME is made of letters,"
        " digits and . _ @ + -"
    )


def _profile(name: str) -> dict[str, object]:
    """What a company's issuer would say of the person as well. A NAME with an @ in it is an e-mail address, or none at all."""
    if "@" in name:
        return {"name": name, "email": name} if _EMAIL.fullmatch(name) else {}
    return {"name": name, "email": f"{name}@example.com"}


def _new_key() -> bytes:
    return ECKey.generate_key("P-256").as_pem(private=True)
