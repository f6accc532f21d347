"""`launchpad status`: how everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.settings import Settings

OK, BAD, OFF = "[green]ok[/]", "[red]not ok[/]", "[dim]-[/]"
SLOW_SECONDS: Final = 60.0
"""A follower that is a minute behind does not follow."""


def status() -> None:
    """Look at databases, migrations, followers and the bus; ends with 1 where something is not ok.

    \b
    launchpad status
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from adapters.cli.here import settings_here

    table = Table("What", "Is", "Says", box=box.SIMPLE_HEAD, pad_edge=False)
    bad = False
    for what, how, says in _rows(settings_here()):
        table.add_row(what, how, says)
        bad = bad or how == BAD
    Console().print(table)
    if bad:
        raise typer.Exit(1)


def _rows(settings: Settings) -> Iterator[tuple[str, str, str]]:
    from psycopg.conninfo import conninfo_to_dict

    at = conninfo_to_dict(settings.database)
    yield from _database(settings, f"{at.get('host')}:{at.get('port', 5432)}/{at.get('dbname')}")
    yield from _vault(settings)
    yield from _http(settings)
    yield from _bus(settings)
    trusted = [issuer.issuer for issuer in settings.trusted_issuers]
    local = settings.local_issuer != "off"
    yield "local issuer", "[yellow]on[/]" if local else OFF, "its tokens are trusted: for development only" if local else "off"
    yield (
        "issuers",
        OK if trusted or local else BAD,
        ", ".join(trusted) or ("none but the local one" if local else "none: nobody can be recognised"),
    )


def _database(settings: Settings, where: str) -> Iterator[tuple[str, str, str]]:
    import psycopg

    from adapters.postgres import migrations

    try:
        with psycopg.connect(settings.database, autocommit=True, connect_timeout=5) as connection:
            yield "database", OK, where
            pending = migrations.pending(connection)
            yield "migrations", BAD if pending else OK, f"run: launchpad migrate ({len(pending)} to apply)" if pending else "up to date"
            if not pending:
                yield from _followers(connection)
                yield _due(connection)
                yield _notices(connection, settings)
    except psycopg.OperationalError as error:
        yield "database", BAD, f"{where}: {str(error).splitlines()[0]}"


def _followers(connection: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - psycopg's connection
    from adapters.postgres.bookmarks import Bookmark

    epoch, head = connection.execute(
        "SELECT (SELECT epoch::text FROM log.epoch ORDER BY begun_at DESC LIMIT 1),"
        " (SELECT coalesce(max(notification_id), 0) FROM log.events)"
    ).fetchone()
    yield "log", OK, f"{head} events, epoch {epoch}"
    found = connection.execute(
        "SELECT read_model, version, version < max(version) OVER (PARTITION BY read_model) FROM following.bookmark ORDER BY 1, 2"
    )
    for name, version, replaced in found.fetchall():
        if replaced:  # An update left it behind, and nobody moves it any more.
            yield f"{name} v{version}", OFF, "a later version has taken its place"
            continue
        lag = Bookmark(name, version).lag(connection)
        behind = f"{lag.events} events, {lag.seconds:.1f} s behind" if lag.events else "has followed everything"
        yield f"{name} v{version}", OK if lag.seconds < SLOW_SECONDS else BAD, behind


def _due(connection: Any) -> tuple[str, str, str]:  # noqa: ANN401 - psycopg's connection
    from adapters.postgres.bookmarks import Bookmark
    from adapters.postgres.questions import answer
    from projections.todo import TODO
    from readmodels.todo import waiting

    (now,) = answer(connection, waiting())
    lag = Bookmark(TODO.name, TODO.version).lag(connection)
    if now.due and now.seconds > SLOW_SECONDS:
        return "due work", BAD, f"{now.due} are due, for {now.seconds:.0f} s: is a launchpad react running?"
    if lag.seconds > SLOW_SECONDS:
        return "due work", BAD, "it is not known what is due: is a launchpad react running?"
    return "due work", OK, f"{now.due} are due" if now.due else "nothing is due"


def _notices(connection: Any, settings: Settings) -> tuple[str, str, str]:  # noqa: ANN401 - psycopg's connection
    from adapters.postgres.questions import answer
    from domain.notice_kind import SECURITY_KINDS
    from readmodels.deliveries import on_the_way

    (now,) = answer(connection, on_the_way(urgent=[kind.value for kind in SECURITY_KINDS]))
    mails = f"; mails by {settings.smtp_host}" if settings.smtp_host else ""
    given_up = f", {now.given_up} were given up (launchpad notices list)" if now.given_up else ""
    late = now.due > 0 and now.seconds > SLOW_SECONDS
    waits = f"{now.due} wait, for {now.seconds:.0f} s" if late else f"{now.due} wait"
    return "notices", BAD if late else OK, f"{waits}{given_up}{mails}"


def _vault(settings: Settings) -> Iterator[tuple[str, str, str]]:
    from psycopg import OperationalError

    from adapters.kept_file import NotKept
    from adapters.vault.master_key import MasterKey, WrongMasterKey
    from adapters.vault.vault import NotMigrated, Vault

    try:
        with Vault(settings.vault, MasterKey.of(settings)):
            yield "vault", OK, "opens with the master key at hand"
    except (OperationalError, NotMigrated, NotKept, WrongMasterKey) as error:
        yield "vault", BAD, str(error).splitlines()[0]


def _http(settings: Settings) -> Iterator[tuple[str, str, str]]:
    from adapters.cli.http_calls import Http

    answers = Http(f"http://{settings.http}").answers()
    yield "http", OK if answers else OFF, f"http://{settings.http}" if answers else f"nothing answers at http://{settings.http}"


def _bus(settings: Settings) -> Iterator[tuple[str, str, str]]:
    from adapters.kafka.status import bus_status

    if not settings.kafka:
        yield "bus", OFF, "LAUNCHPAD_KAFKA is not set; HTTP and the command line work without"
        return
    where, bus = ", ".join(settings.kafka), bus_status(settings)
    if bus.error is not None:
        yield "bus", BAD, f"{where}: {bus.error}"
        return
    missing = f"run: launchpad topics ({', '.join(bus.missing_topics)} missing)"
    yield "bus", BAD if bus.missing_topics else OK, missing if bus.missing_topics else where
    yield "workers", OK if bus.workers else BAD, f"{bus.workers}, {bus.commands_waiting} commands waiting"
    yield "quarantine", OK, f"{bus.quarantined} messages that could not be read"
