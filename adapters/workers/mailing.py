"""Mails: all that waits for a recipient goes into one; it is sent, then recorded. His address is looked up at the moment of sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog

from adapters.mail.message import NOTICES_SHOWN_MAX, NoAddress, checked_address, mail
from adapters.mail.server import MailRefused, MailServer
from adapters.mail.unsubscribing import token_for
from adapters.mail.words import UNNAMED, Names, words_of
from adapters.postgres.questions import answer
from adapters.settings import Settings
from adapters.workers.recording import Recording, message_id
from adapters.workers.states import States, load_states
from commands.ports import Log
from domain.app import App, AppCreated, AppEdited
from domain.developer import Developer, DeveloperStatus
from domain.limits import NOTICES_PER_COMMAND_MAX
from domain.notice import PORTAL_ADMINS
from domain.notice_kind import SECURITY_KINDS
from domain.team import Team
from readmodels.deliveries import DueDelivery, mails_for, recipients_of_due_mails

RECIPIENTS_PER_ROUND_MAX: Final = 20
"""After so many mails whoever else waits has his turn: webhooks, and another process that wants to lead."""

Connection = psycopg.Connection[Any]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to be: what it tells, and to whom."""

    recipient_id: UUID
    notices: Sequence[DueDelivery]
    to: Sequence[Address]
    states: States


class Mailing:
    """Sends the mails that are due."""

    def __init__(self, settings: Settings, log: Log, server: MailServer, recording: Recording, unsubscribe_key: bytes) -> None:
        self._settings = settings
        self._log = log
        self._server = server
        self._recording = recording
        self._key = unsubscribe_key

    def send_what_is_due(self, connection: Connection) -> None:
        """Send them. Raises MailAway, LogUnavailable, psycopg.Error."""
        urgent = [kind.value for kind in SECURITY_KINDS]
        try:
            for (recipient_id,) in answer(connection, recipients_of_due_mails(urgent=urgent, limit=RECIPIENTS_PER_ROUND_MAX)):
                found = answer(
                    connection,
                    mails_for(recipient_id, gather_seconds=self._settings.mail_gather_seconds, limit=NOTICES_PER_COMMAND_MAX),
                )
                if waiting := [each for each in found if not self._recording.is_settled(each)]:
                    self._write_to(recipient_id, waiting)
        finally:
            self._server.leave()

    def _write_to(self, recipient_id: UUID, notices: Sequence[DueDelivery]) -> None:
        person = [] if recipient_id == PORTAL_ADMINS else [Developer.at(recipient_id)]
        states = load_states(self._log, [*person, *map(App.at, _apps(notices)), *map(Team.at, _teams(notices))])
        try:
            letter = Letter(recipient_id, notices, self._addresses(recipient_id, states), states)
            refused = self._server.send(self._message(letter), [each.addr_spec for each in letter.to])
        except NoAddress as nobody:
            self._recording.failed(notices, str(nobody), for_good=True)
        except MailRefused as no:
            log.warning("mail", recipient=str(recipient_id), refused=str(no), notices=len(notices))
            self._recording.failed(notices, str(no), for_good=no.permanent)
        else:
            if refused:
                log.warning("mail", recipient=str(recipient_id), refused_addresses=refused)
            self._recording.delivered(notices)

    def _addresses(self, recipient_id: UUID, states: States) -> Sequence[Address]:
        if recipient_id == PORTAL_ADMINS:
            if not self._settings.admin_emails:
                raise NoAddress("LAUNCHPAD_ADMIN_EMAILS is not set")
            return [checked_address(each) for each in self._settings.admin_emails]
        developer = states.of(Developer, recipient_id)
        if developer.status is not DeveloperStatus.REGISTERED:
            raise NoAddress(f"the developer is {developer.status}")
        return [checked_address(str(developer.email))]

    def _message(self, letter: Letter) -> EmailMessage:
        settings = self._settings
        shown = letter.notices[:NOTICES_SHOWN_MAX]
        states = letter.states
        names = Names(
            apps={each: _app_name(states, each) for each in _apps(letter.notices)},
            teams={each: states.of(Team, each).name for each in _teams(letter.notices)},
        )
        return mail(
            str(settings.smtp_from),
            letter.to,
            [words_of(each, names) for each in shown],
            len(letter.notices) - len(shown),
            message_id=message_id(letter.notices),
            now=states.now,
            base=settings.own_issuer,
            unsubscribe=f"{settings.own_issuer}/unsubscribe/{token_for(self._key, letter.recipient_id)}",
        )


def _apps(notices: Iterable[DueDelivery]) -> set[UUID]:
    return {each.app_id for each in notices if each.app_id is not None}


def _teams(notices: Iterable[DueDelivery]) -> set[UUID]:
    return {each.team_id for each in notices if each.team_id is not None}


def _app_name(states: States, app_id: UUID) -> str:
    """What it is called now: decisions need no names, so its state has none."""
    named = [event.name for event in states.events(App.at(app_id)) if isinstance(event, AppCreated | AppEdited)]
    return named[-1] if named else UNNAMED
