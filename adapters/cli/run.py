"""`launchpad run`: everything on this machine, with sample data, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from adapters.cli.run_children import Children
    from adapters.settings import Settings

READY_SECONDS_MAX: Final = 60.0


def run(sample: Annotated[bool, typer.Option(help="Load the sample data, the first time.")] = True) -> None:
    """Start everything on this machine: PostgreSQL, the bus where Java and Maven are, HTTP, workers, sample data.

    What it keeps lies in LAUNCHPAD_HOME; a second start finds it again. Ctrl-C ends all that was started.
    LAUNCHPAD_DATABASE_URL and LAUNCHPAD_KAFKA make it use servers that are there already.

    \b
    launchpad run
    LAUNCHPAD_HTTP=127.0.0.1:9000 launchpad run
    """
    from adapters.cli.here import only_one
    from adapters.logging import set_up_logging
    from adapters.settings import Settings

    began = time.monotonic()
    settings = Settings.load()
    set_up_logging(settings.log, "error")  # The children log for themselves.
    settings = _with_local_issuer(settings)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    with only_one(settings.home), ExitStack() as stack:
        try:
            _run(settings, stack, began, sample=sample)
        except KeyboardInterrupt:
            pass
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)  # We are ending already; hurrying would leave something behind.
            print("\nending ...", file=sys.stderr)
    print("ended; the data stay", file=sys.stderr)


def _with_local_issuer(settings: Settings) -> Settings:
    """The settings with tokens of our own trusted, unless somebody has said otherwise. Raises Told."""
    from adapters.cli.told import MISUSED, Told

    if settings.local_issuer != "off":
        return settings
    if "local_issuer" in settings.model_fields_set:
        why = "launchpad run loads its sample data, and lets you in, with tokens of its own, but LAUNCHPAD_LOCAL_ISSUER=off distrusts them"
        raise Told(why, "leave it unset, or set it to on; with other issuers, use: launchpad serve, work, project and react", code=MISUSED)
    if not settings.http.is_loopback:
        why = f"launchpad run trusts tokens that anybody here can make, but LAUNCHPAD_HTTP={settings.http} is open to other machines"
        raise Told(why, "listen on 127.0.0.1; for others, use: launchpad serve, work, project and react", code=MISUSED)
    return settings.but(local_issuer="on")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(settings: Settings, stack: ExitStack, began: float, *, sample: bool) -> None:
    from adapters import compose
    from adapters.cli.here import note_running
    from adapters.cli.run_children import Children
    from adapters.cli.run_output import Output
    from adapters.cli.run_sample import load_sample
    from adapters.cli.run_servers import Bus, with_database, with_free_port, with_mail
    from adapters.cli.run_watch import Watch

    output = Output()
    watch = Watch(output.note, output.step)
    settings = with_free_port(settings)
    bus = Bus(settings, stack, watch)
    settings = with_database(settings, stack, watch)
    output.step("PostgreSQL runs")
    applied = compose.migrate(settings)
    output.step(f"databases migrated ({len(applied)} steps)" if applied else "databases up to date")
    if servers := bus.servers():
        from adapters.kafka.topics import create_topics

        settings = settings.but(kafka=servers)
        create_topics(settings)
        output.step(f"Kafka runs at {', '.join(servers)}")
    else:
        output.note(bus.missing or "no bus")
    own_mail = settings.smtp_host is None
    settings = with_mail(settings, stack)
    if settings.smtp_host is None:
        output.note("no mails: set LAUNCHPAD_SMTP_HOST, or install aiosmtpd; launchpad inbox has all notices")
    elif own_mail:
        output.step(f"mails are kept as files in {settings.home / 'mail'}, and go nowhere else")
    children = Children(_environment(settings), settings.home / "log", output.line, output.note)
    stack.callback(children.stop)
    children.start(["serve", "project", "react", *(["work"] if servers else [])])
    _await_ready(settings, children)
    note_running(settings)
    output.step(f"HTTP is served at http://{settings.http}")
    if sample:
        load_sample(settings, output.step)
    output.tell_what_next(settings, time.monotonic() - began)
    watch.keep()


def _environment(settings: Settings) -> dict[str, str]:
    """What the children are told; all else is theirs to read as it is."""
    told = {
        "LAUNCHPAD_DATABASE_URL": settings.database,
        "LAUNCHPAD_HTTP": str(settings.http),
        "LAUNCHPAD_HOME": str(settings.home),
        "LAUNCHPAD_LOCAL_ISSUER": settings.local_issuer,
        "LAUNCHPAD_KAFKA": ",".join(settings.kafka),
        "LAUNCHPAD_SMTP_HOST": settings.smtp_host or "",
        "LAUNCHPAD_SMTP_PORT": str(settings.smtp_port),
        "LAUNCHPAD_SMTP_TLS": settings.smtp_tls,
        "LAUNCHPAD_SMTP_FROM": settings.smtp_from or "",
        "LAUNCHPAD_ADMIN_EMAILS": ",".join(settings.admin_emails),
        "LAUNCHPAD_MAIL_GATHER_SECONDS": str(settings.mail_gather_seconds),
        "PYTHONUNBUFFERED": "1",
    }
    return os.environ | told


def _await_ready(settings: Settings, children: Children) -> None:
    """Wait until requests are served. Raises Told where a child ends instead."""
    from adapters.cli.http_calls import Http
    from adapters.cli.told import Told

    http = Http(f"http://{settings.http}")
    deadline = time.monotonic() + READY_SECONDS_MAX
    while http.try_get("/ready") is None:
        if children.deaths:
            raise Told(children.deaths[0], f"its log lies in {settings.home / 'log'}")
        if time.monotonic() > deadline:
            raise Told(f"HTTP was not ready within {READY_SECONDS_MAX:.0f} s", f"the logs lie in {settings.home / 'log'}")
        time.sleep(0.1)
