"""Credentials that are issued and revoked by commands, as anybody's are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import orjson

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.intake import Request
from commands.outcome import OutcomeKind
from domain.limits import APP_CREDENTIALS_MAX
from launchpad_client.keys import make_credential

OWNER = str(developer_id("rita"))
JWT_EACH = 5
"""Every so manieth is a jwt, the others are API keys."""
Command = tuple[str, dict[str, object]]


@dataclass
class Issued:
    """Credentials, each with its app, and which of them are acknowledged to be revoked."""

    of_app: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Text -> app id, credential id."""
    revoked: set[str] = field(default_factory=set)


class Sender:
    """Sends commands straight to an executor, as every way in does: once it returns, they are acknowledged."""

    def __init__(self, launchpad: Launchpad) -> None:
        settings = launchpad.settings
        issuer = LocalIssuer(settings.home, settings.audience)
        self._taker = launchpad.taker()
        self._own_tokens = launchpad.own_tokens
        self._bearers = {who: f"Bearer {issuer.issue(who)}" for who in ("developer:rita", "admin:grace")}
        self.product_id = str(uuid4())
        self.send("developer:rita", ("developer.register.v1", {"developer_id": OWNER, "name": "Rita", "email": "rita@example.com"}))
        self.send("admin:grace", ("product.add.v1", {"product_id": self.product_id, "name": "Rain", "needs_approval": False}))

    def send(self, who: str, *commands: Command) -> None:
        """Have all of them accepted, in one transaction."""
        requests = [Request(uuid4(), name, orjson.dumps(data), self._bearers[who]) for name, data in commands]
        outcomes = self._taker.take(requests)
        assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}, outcomes

    def app(self) -> tuple[str, Command]:
        """One more app: its id, and the command that creates it."""
        app_id = str(uuid4())
        owner = {"kind": "developer", "id": OWNER}
        return app_id, ("app.create.v1", {"app_id": app_id, "owner": owner, "name": f"App {app_id}", "products": [self.product_id]})

    def credential(self, app_id: str, kind: str, expires_at: datetime | None = None) -> tuple[str, str, Command]:
        """One more credential: its id, its text, and the command that issues it."""
        credential_id = uuid4()
        if kind == "jwt":
            expires_at = expires_at or _tomorrow()
        text = self._text(app_id, credential_id, kind, expires_at)
        said: dict[str, object] = {"app_id": app_id, "credential_id": str(credential_id), "kind": kind, "secret_digest": digest(text)}
        ends = {"expires_at": expires_at.isoformat()} if expires_at else {}
        return str(credential_id), text, ("credential.issue.v1", said | ends)

    def rotate(self, app_id: str, credential_id: str, kind: str, overlap: timedelta) -> str:
        """Replace a credential; the text of its successor."""
        successor, expires_at = uuid4(), _tomorrow()
        text = self._text(app_id, successor, kind, expires_at)
        said: dict[str, object] = {"app_id": app_id, "credential_id": credential_id, "successor_id": str(successor)}
        ends = {"overlap": f"PT{overlap.seconds}S", "expires_at": expires_at.isoformat()}
        self.send("developer:rita", ("credential.rotate.v1", said | ends | {"secret_digest": digest(text)}))
        return text

    def _text(self, app_id: str, credential_id: UUID, kind: str, expires_at: datetime | None) -> str:
        if kind != "jwt":
            return make_credential(kind, "live", credential_id).text
        app, products, now = UUID(app_id), [UUID(self.product_id)], datetime.now(UTC)
        return self._own_tokens.sign_credential(
            credential_id, app_id=app, products=products, issued_at=now, expires_at=expires_at or _tomorrow()
        )

    def issue(self, count: int) -> Issued:
        """So many credentials, over apps that hold as many as they may."""
        issued = Issued()
        while len(issued.of_app) < count:
            app_id, created = self.app()
            made = [self.credential(app_id, "api_key" if number % JWT_EACH else "jwt") for number in range(APP_CREDENTIALS_MAX)]
            made = made[: count - len(issued.of_app)]
            self.send("developer:rita", created, *(command for _, _, command in made))
            issued.of_app |= {text: (app_id, credential_id) for credential_id, text, _ in made}
        return issued

    def revoke(self, issued: Issued, texts: Sequence[str]) -> None:
        """Revoke them, and note it once it is acknowledged."""
        said = [dict(zip(("app_id", "credential_id"), issued.of_app[text], strict=True)) | {"reason": "leaked"} for text in texts]
        self.send("developer:rita", *(("credential.revoke.v1", dict[str, object](each)) for each in said))
        issued.revoked.update(texts)


def _tomorrow() -> datetime:
    """In whole seconds, as a jwt says it."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


def digest(text: str) -> str:
    """What the system knows of a credential."""
    return sha256(text.encode()).hexdigest()
