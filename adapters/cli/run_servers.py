"""The servers of `launchpad run`: PostgreSQL from the wheel, Kafka by Maven, each only where none was given."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

from adapters.cli.run_watch import Watch
from adapters.cli.told import Told
from adapters.local import LocalServerError
from adapters.local.kafka import LocalKafka
from adapters.local.kafka_jars import missing as missing_kafka
from adapters.local.mail_catcher import HOST, MailCatcher
from adapters.local.mail_catcher import missing as missing_mail
from adapters.local.ports import is_taken
from adapters.local.postgres import LocalPostgres
from adapters.local.postgres_programs import missing as missing_postgres
from adapters.settings import Settings
from adapters.settings_values import HttpAddress

CAUGHT_AFTER_SECONDS: Final = 2.0
"""Whoever tries things out does not want to wait for his mail."""
PORTS_TRIED_MAX: Final = 20
"""From 8000 on; whoever has all of them taken sets LAUNCHPAD_HTTP."""


def with_database(settings: Settings, stack: ExitStack, watch: Watch) -> Settings:
    """The settings with a database: the one that was given, or a watched one that ends with the stack. Raises Told, LocalServerError."""
    if settings.database_url is not None:
        return settings
    if lacks := missing_postgres():
        raise Told(lacks)
    server = LocalPostgres(settings.home / "postgres")
    stack.callback(server.stop)  # Before its start: a Ctrl-C in the middle of that leaves nothing behind.
    server.start()
    watch.over("PostgreSQL", server)
    for database in ("launchpad", "launchpad_vault"):
        server.create(database)
    return settings.but(database_url=server.url("launchpad"))


def with_mail(settings: Settings, stack: ExitStack) -> Settings:
    """The settings with a mail server: the one that was given, or a catcher that ends with the stack; without either, no mails."""
    if settings.smtp_host is not None or missing_mail():
        return settings
    catcher = MailCatcher(settings.home / "mail")
    catcher.start()
    stack.callback(catcher.stop)
    return settings.but(
        smtp_host=HOST,
        smtp_port=catcher.port,
        smtp_tls="none",
        smtp_from=settings.smtp_from or "launchpad@example.com",
        admin_emails=settings.admin_emails or ("portal-admins@example.com",),
        mail_gather_seconds=settings.mail_gather_seconds if "mail_gather_seconds" in settings.model_fields_set else CAUGHT_AFTER_SECONDS,
    )


def with_free_port(settings: Settings) -> Settings:
    """The settings with an address for HTTP that is free: 8000 or the next one, where none was asked for. Raises Told."""
    host, port = settings.http
    if "http" in settings.model_fields_set:
        if port and is_taken(port):
            raise Told(f"HTTP can't listen on {settings.http}: the port is taken", "end what listens there, or set LAUNCHPAD_HTTP")
        return settings
    for candidate in range(port, port + PORTS_TRIED_MAX):
        if not is_taken(candidate):
            return settings.but(http=HttpAddress(host, candidate))
    raise Told(f"the ports {port} to {port + PORTS_TRIED_MAX - 1} are all taken", "set LAUNCHPAD_HTTP=127.0.0.1:PORT to a free one")


class Bus:
    """The bus: the one that was given, or a broker of our own, which starts while the rest does and ends with the stack."""

    def __init__(self, settings: Settings, stack: ExitStack, watch: Watch) -> None:
        self.missing = missing_kafka() if not settings.kafka else None
        """Why there is none, and how to get one."""
        self._starting: Future[tuple[str, ...]] = Future()
        if settings.kafka or self.missing:
            self._starting.set_result(settings.kafka)
            return
        kafka = LocalKafka(settings.home / "kafka")
        threads = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="kafka"))
        stack.callback(self._stop, kafka)
        self._starting = threads.submit(_started, kafka, watch)

    def servers(self) -> tuple[str, ...]:
        """Its addresses, once it answers; none where there is no bus."""
        try:
            return self._starting.result()
        except LocalServerError as error:
            self.missing = f"no bus: {error}"
            return ()

    def _stop(self, kafka: LocalKafka) -> None:
        if self._starting.exception() is None:
            kafka.stop()


def _started(kafka: LocalKafka, watch: Watch) -> tuple[str, ...]:
    kafka.start()
    watch.over("Kafka", kafka, without="HTTP goes on without a bus")
    return (kafka.servers,)
