"""Live credentials in bulk: rows as the access fold writes them, put in by COPY, since a hundred thousand commands would take minutes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import psycopg

from launchpad_client.keys import MadeCredential, make_credential

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
    columns = "app_id, status, owner_kind, owner_id, name, attributes, position, changed_at"
    with connection.cursor().copy(f"COPY access.app ({columns}) FROM STDIN".encode()) as copy:
        for number, app_id in enumerate(apps):
            copy.write_row((app_id, "active", "developer", uuid4(), f"App {number}", '{"tier": "gold"}', 1, "now"))
    with connection.cursor().copy("COPY access.subscription FROM STDIN") as copy:
        for app_id in apps:
            copy.write_row((app_id, product_id, "approved", 1, "now"))
    _credentials(connection, made, apps)
    connection.execute("VACUUM ANALYZE")
    return Open(str(product_id), [each.text for each in made], [str(UUID(hex=each.key_id)) for each in made])


def _credentials(connection: psycopg.Connection[Any], made: list[MadeCredential], apps: list[UUID]) -> None:
    columns = "credential_id, app_id, kind, digest, status, position, changed_at"
    with connection.cursor().copy(f"COPY access.credential ({columns}) FROM STDIN".encode()) as copy:
        for number, each in enumerate(made):
            app_id = apps[number // CREDENTIALS_OF_APP]
            copy.write_row((UUID(hex=each.key_id), app_id, "api_key", each.digest, "active", 1, "now"))
