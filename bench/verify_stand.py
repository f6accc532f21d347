"""What the gateway's check is measured with: live credentials, one server, and those who ask it."""

from __future__ import annotations

from functools import cached_property
from typing import Final
from uuid import UUID

from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from bench.children import Child
from bench.stand import Stand
from bench.verify_client import VerifyClient
from bench.verify_guessing import Guesser
from bench.verify_jwt import SignedToken, TokenChecker
from bench.verify_revoking import Revoker
from bench.verify_rows import Open, add_tokens, fill
from bench.verify_server import VerifyServer

DATABASE: Final = "verify"


class VerifyStand:
    """One server process; those who ask share the other core with the database."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @cached_property
    def environment(self) -> dict[str, str]:
        """That of a migrated database."""
        return self._stand.migrated(DATABASE)

    @cached_property
    def open(self) -> Open:
        """Live API keys."""
        self.environment  # noqa: B018 - the tables are there by now
        count = self._stand.scale.live_credentials
        self._stand.say(f"making {count:,} live credentials")
        with self._stand.connect(DATABASE) as connection:
            return fill(connection, count)

    @cached_property
    def checker(self) -> Child:
        """Who signs tokens, and checks them in its own process."""
        return self._stand.child(TokenChecker, self.environment)

    @cached_property
    def tokens(self) -> list[str]:
        """Live JWT credentials."""
        count, product_id = self._stand.scale.tokens, self.open.product_id
        self._stand.say(f"signing {count:,} tokens")
        signed: list[SignedToken] = self.checker.ask("sign", count, UUID(product_id))
        with self._stand.connect(DATABASE) as connection:
            add_tokens(connection, signed, product_id)
        return [each.text for each in signed]

    @cached_property
    def server(self) -> Child:
        """The server, started when all rows are there."""
        self.tokens  # noqa: B018 - the rows are there before it starts
        return self._stand.child(VerifyServer, self.environment)

    @cached_property
    def port(self) -> int:
        """Where the server serves."""
        port: int = self.server.ask("port")
        return port

    @cached_property
    def client(self) -> Child:
        """Gateways that present what is open."""
        return self._stand.child(VerifyClient, self.port, self._gateway, self.open.product_id, self.open.keys, self.tokens)

    @cached_property
    def guesser(self) -> Child:
        """A gateway whose client guesses."""
        return self._stand.child(Guesser, self.port, self._gateway, self.open.product_id, self.open.credential_ids)

    @cached_property
    def revoker(self) -> Child:
        """An owner who revokes, and the gateway that presents what he revoked."""
        return self._stand.child(Revoker, self.environment, self.port)

    @property
    def _gateway(self) -> str:
        settings = Settings.load(self.environment)
        return LocalIssuer(settings.home, settings.audience).issue("gateway:bench")
