"""Where a credential's text is made, and shown once. It is kept nowhere: we send its digest, and show it only if that digest was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from domain.limits import JWT_LIFETIME_MAX
from launchpad_client.keys import compare_digest, digest, make_credential
from readmodels.clients import OpenedNow

JWT: Final = "jwt"
JWT_LIFETIME_DEFAULT: Final = timedelta(days=90)
"""Long enough for a quarter's release, short enough that rotating it stays a habit."""
ADVICE: Final = "it was shown once, when this request was first taken; rotate it for a new one"


class Signer(Protocol):
    """Signs jwt credentials."""

    def sign_credential(self, credential_id: UUID, *, app_id: UUID, products: list[UUID], issued_at: datetime, expires_at: datetime) -> str:
        """Sign one."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """A credential that was made a moment ago. Nobody has taken it yet."""

    text: str = field(repr=False)
    digest: str = field(repr=False)
    expires_at: datetime | None

    def told(self, kept: str | None) -> dict[str, str | None]:
        """The secret, if the digest that was kept is its own; else, that it can't be had any more."""
        if kept is not None and compare_digest(kept, self.digest):
            return {"secret": self.text}
        return {"secret": None, "advice": ADVICE}


class Making:
    """Makes credentials of this environment; a jwt is signed. Safe to share between threads."""

    def __init__(self, environment: str, signer: Signer, opened_now: Callable[[UUID], OpenedNow]) -> None:
        self._environment = environment
        self._signer = signer
        self._opened_now = opened_now

    def make(self, kind: str, credential_id: UUID, app_id: UUID, expires_at: datetime | None) -> Made:
        """Make the text of a credential with that id; a jwt without an expiry gets the default one."""
        if kind != JWT:
            made = make_credential(kind, self._environment, credential_id)
            return Made(made.text, made.digest, expires_at)
        # By the database's clock: it judges the token, and ours may run ahead of it.
        opened = self._opened_now(app_id)
        now = opened.now
        # The token says it in whole seconds, and what is recorded must end with it.
        until = (now + JWT_LIFETIME_DEFAULT if expires_at is None else expires_at).replace(microsecond=0)
        # A longer life is refused where it is decided; no key is to be kept for it.
        ends = min(until, now + JWT_LIFETIME_MAX)
        text = self._signer.sign_credential(credential_id, app_id=app_id, products=list(opened.products), issued_at=now, expires_at=ends)
        return Made(text, digest(text), until)
