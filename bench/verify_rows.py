"""Live credentials in bulk: rows as the access fold writes them, put in by COPY, since a hundred thousand commands would take minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import psycopg

from bench.verify_jwt import SignedToken
from launchpad_client.keys import make_credential

CREDENTIALS_OF_APP: Final = 10


class Open(NamedTuple):
    """What a gateway may present: keys to one product."""

    product_id: str
    keys: list[str]
    credential_ids: list[str]


def fill(connection: psycopg.Connection[Any], count: int) -> Open:
    """Make so many live API keys, over apps that are approved for one product."""
    product_id = uuid4()
    made = [make_credential("api_key", "live", uuid4()) for _ in range(count)]
    apps = [uuid4() for _ in range(-(-count // CREDENTIALS_OF_APP))]
    connection.execute("INSERT INTO access.product VALUES (%s, 'offered', 1, now())", [product_id])
    _apps(connection, apps, product_id)
    _credentials(
        connection, "api_key", [(UUID(hex=each.key_id), apps[i // CREDENTIALS_OF_APP], each.digest) for i, each in enumerate(made)]
    )
    connection.execute("VACUUM ANALYZE")
    return Open(str(product_id), [each.text for each in made], [str(UUID(hex=each.key_id)) for each in made])


def add_tokens(connection: psycopg.Connection[Any], tokens: Sequence[SignedToken], product_id: str) -> None:
    """Make these JWT credentials live, and their apps approved for that product."""
    _apps(connection, list(dict.fromkeys(each.app_id for each in tokens)), UUID(product_id))
    _credentials(connection, "jwt", [(each.credential_id, each.app_id, each.digest) for each in tokens])
    connection.execute("VACUUM ANALYZE")


def _apps(connection: psycopg.Connection[Any], apps: Sequence[UUID], product_id: UUID) -> None:
    columns = "app_id, status, owner_kind, owner_id, name, attributes, position, changed_at"
    with connection.cursor().copy(f"COPY access.app ({columns}) FROM STDIN".encode()) as copy:
        for number, app_id in enumerate(apps):
            copy.write_row((app_id, "active", "developer", uuid4(), f"App {number}", '{"tier": "gold"}', 1, "now"))
    with connection.cursor().copy("COPY access.subscription FROM STDIN") as copy:
        for app_id in apps:
            copy.write_row((app_id, product_id, "approved", 1, "now"))


def _credentials(connection: psycopg.Connection[Any], kind: str, rows: Sequence[tuple[UUID, UUID, str]]) -> None:
    columns = "credential_id, app_id, kind, digest, status, position, changed_at"
    with connection.cursor().copy(f"COPY access.credential ({columns}) FROM STDIN".encode()) as copy:
        for credential_id, app_id, digest in rows:
            copy.write_row((credential_id, app_id, kind, digest, "active", 1, "now"))
