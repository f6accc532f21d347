"""The vault's database: made when it is missing, with its tables."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from adapters.settings_values import beside

CONNECT_TIMEOUT_SECONDS: Final = 5
STEPS: Final = (
    """
    CREATE TABLE vault.person_keys (
        person uuid PRIMARY KEY,
        sealed bytea NOT NULL
    );
    COMMENT ON TABLE vault.person_keys IS
        'One key for each person, sealed under the master key; without it all that is known of him is erased.';
    CREATE TABLE vault.secrets (
        name text PRIMARY KEY,
        sealed bytea NOT NULL
    );
    COMMENT ON TABLE vault.secrets IS 'Our own secrets that must be read back, sealed under the master key.';
    """,
    """
    CREATE TABLE vault.signing_keys (
        kid text PRIMARY KEY,
        sealed bytea NOT NULL,
        made_at timestamptz NOT NULL,
        signs_from timestamptz NOT NULL,
        signs_until timestamptz,
        last_expiry timestamptz,
        unpublished_at timestamptz
    );
    COMMENT ON TABLE vault.signing_keys IS
        'The keys that we sign tokens with, sealed under the master key; of one that signs no more only the public part.';
    COMMENT ON COLUMN vault.signing_keys.last_expiry IS 'No token signed with it expires later; until then it stays published.';
    """,
    """
    CREATE FUNCTION vault.refuse_another_master_key() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        in_force bytea := (SELECT substring(sealed FROM 2 FOR 8) FROM vault.secrets WHERE name = 'master-key-check');
    BEGIN
        IF substring(NEW.sealed FROM 2 FOR 8) <> in_force THEN
            RAISE EXCEPTION 'sealed under another master key than the one in force' USING ERRCODE = 'LPM01';
        END IF;
        RETURN NEW;
    END
    $$;
    COMMENT ON FUNCTION vault.refuse_another_master_key IS
        'A process that has missed a change of the master key must not seal what nobody could open.';
    CREATE TRIGGER one_master_key BEFORE INSERT OR UPDATE OF sealed ON vault.person_keys
        FOR EACH ROW EXECUTE FUNCTION vault.refuse_another_master_key();
    CREATE TRIGGER one_master_key BEFORE INSERT OR UPDATE OF sealed ON vault.signing_keys
        FOR EACH ROW EXECUTE FUNCTION vault.refuse_another_master_key();
    CREATE TRIGGER one_master_key BEFORE INSERT OR UPDATE OF sealed ON vault.secrets
        FOR EACH ROW WHEN (NEW.name <> 'master-key-check') EXECUTE FUNCTION vault.refuse_another_master_key();
    """,
)
"""Add to them, never change one: a vault takes each once, in this order."""


class CannotCreate(Exception):
    """The vault's database is missing and this user may not make it; the sentence says what to run."""


def create_database_if_missing(url: str) -> None:
    """Make the database that this URL names; safe when two start at once. Raises CannotCreate, OperationalError."""
    try:
        psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
    except psycopg.OperationalError as error:
        if not _create(url):
            raise error from None


def _create(url: str) -> bool:
    """Whether the database was missing and is there now."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(beside(url, "postgres"), autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            pass  # Another process was quicker.
        except errors.InsufficientPrivilege:
            owner = connection.info.user
            raise CannotCreate(
                f'the vault\'s database is missing; as an administrator run: CREATE DATABASE "{name}" OWNER "{owner}"'
            ) from None
    return True


def migrate(url: str) -> None:
    """Bring the vault's tables up to date; safe when two start at once."""
    with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('launchpad vault migrations'))")
        connection.execute("CREATE SCHEMA IF NOT EXISTS vault")
        connection.execute("CREATE TABLE IF NOT EXISTS vault.steps (step integer PRIMARY KEY, taken_at timestamptz NOT NULL DEFAULT now())")
        taken = {step for (step,) in connection.execute("SELECT step FROM vault.steps").fetchall()}
        for step, statements in enumerate(STEPS, start=1):
            if step not in taken:
                connection.execute(statements)
                connection.execute("INSERT INTO vault.steps (step) VALUES (%s)", [step])
