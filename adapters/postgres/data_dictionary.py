"""docs/reference/data-dictionary.md: what analysts may query, made from the comments in the database; `make docs` makes it anew."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg

from adapters.local.postgres import LocalPostgres
from adapters.postgres.migrations import migrate

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "data-dictionary.md"
SCHEMAS: Final = ("dashboard", "queue", "bulk", "notices", "todo", "access", "log", "following")
"""In the order of the page."""
INTRODUCTION: Final = """\
# Data dictionary

What can be queried with SQL, schema by schema. Made from the comments in the database (`make docs`), so `\\d+` in psql says the same.
Connect with the role `launchpad_reader` (the history, `log.history`, is for auditors: `launchpad_auditor`);
times are in UTC where the session's `timezone` is.

Read models follow from the log and can be rebuilt from it at any time; `following.bookmark` says how far each has come.
Tables of the dashboard hold one row for each thing that ever was; its views join them, and know what time it is.
"""

_RELATIONS: Final = """
    SELECT c.oid, n.nspname, c.relname, c.relkind = 'v', obj_description(c.oid, 'pg_class'), obj_description(n.oid, 'pg_namespace')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NOT NULL
        AND (
            has_any_column_privilege('launchpad_reader', c.oid, 'SELECT') OR has_any_column_privilege('launchpad_auditor', c.oid, 'SELECT')
        )
    ORDER BY array_position(%s, n.nspname::text), c.relkind DESC, c.relname
"""
_COLUMNS: Final = """
    SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute
    WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND (
            has_column_privilege('launchpad_reader', attrelid, attnum, 'SELECT')
            OR has_column_privilege('launchpad_auditor', attrelid, attnum, 'SELECT')
        )
    ORDER BY attnum
"""


def data_dictionary(connection: psycopg.Connection[Any]) -> str:
    """Write the page for this database."""
    return "\n".join([INTRODUCTION, *_schemas(connection)])


def _schemas(connection: psycopg.Connection[Any]) -> Iterator[str]:
    last = None
    relations = connection.execute(_RELATIONS, [list(SCHEMAS), list(SCHEMAS)]).fetchall()
    for oid, schema, name, is_view, says, schema_says in relations:
        if schema != last:
            yield f"## {schema}\n"
            if schema_says:
                yield f"{schema_says}\n"
            last = schema
        yield f"### {schema}.{name}{' (view)' if is_view else ''}\n"
        yield f"{says}\n"
        yield "| column | type | |"
        yield "|---|---|---|"
        for column, type_, column_says in connection.execute(_COLUMNS, [oid]):
            said = (column_says or "").replace("|", r"\|")
            yield f"| `{column}` | {type_} | {said} |"
        yield ""


def main() -> None:
    """Start a server for the moment, migrate it, and write the page."""
    with tempfile.TemporaryDirectory(prefix="launchpad-docs-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL does not run as root: its own user must pass.
        with LocalPostgres(Path(folder) / "postgres", durable=False) as server:
            server.create("dictionary")
            migrate(server.url("dictionary"))
            with psycopg.connect(server.url("dictionary")) as connection:
                PAGE.write_text(data_dictionary(connection))


if __name__ == "__main__":
    main()
