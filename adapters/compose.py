"""The composition root: one place builds everything from the settings, and hands it in. Nothing else opens connections at will."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg_pool import ConnectionPool

from adapters import vault
from adapters.collector import relax_collector
from adapters.identity.own_tokens import OwnTokens
from adapters.identity.trusted import token_verifier
from adapters.identity.verifier import TokenVerifier
from adapters.intake import Intake
from adapters.postgres import connections, migrations
from adapters.postgres.log import PostgresLog
from adapters.settings import Settings
from adapters.taking import Taker
from adapters.vault.master_key import MasterKey
from adapters.vault.vault import Vault
from commands.executor import Executor


class Launchpad:
    """One process's parts, each made when it is first asked for, and closed together."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = ExitStack()

    @cached_property
    def verifier(self) -> TokenVerifier:
        """Tells who sends, from his token."""
        return token_verifier(self.settings)

    @cached_property
    def vault(self) -> Vault:
        """Keeps persons' keys and our secrets. Raises WrongMasterKey, NotMigrated, or OperationalError where it is away."""
        return self._open.enter_context(Vault(self.settings.vault, MasterKey.of(self.settings)))

    @cached_property
    def own_tokens(self) -> OwnTokens:
        """Signs and reads the tokens of our apps."""
        return OwnTokens(self.vault.signing_keys, self.settings.own_issuer, self.settings.api_audience)

    @cached_property
    def pool(self) -> ConnectionPool[psycopg.Connection[Any]]:
        """Connections to the log's database, as the role that may append and not rewrite."""
        return self._open.enter_context(connections.pool(self.settings.database))

    @cached_property
    def intake(self) -> Intake:
        """Reads requests."""
        return Intake(self.verifier, self.vault.secret(vault.CONTENT_DIGEST))

    @cached_property
    def log(self) -> PostgresLog:
        """The log of events."""
        return PostgresLog(self.pool, self.vault.personal_data)

    def taker(self) -> Taker:
        """Make one more taker of commands: one for each thread that takes."""
        relax_collector()
        return Taker(self.intake, Executor(self.log))

    def close(self) -> None:
        """Close what was opened."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def migrate(settings: Settings) -> list[str]:
    """Bring both databases to this version; safe when two start at once. Returns what was applied to the log's."""
    applied = migrations.migrate(settings.database)
    vault.create_database_if_missing(settings.vault)
    vault.migrate(settings.vault)
    return applied
