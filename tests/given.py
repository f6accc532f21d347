"""given(what happened).when(a command).then(events): real commands through the real executor, on a log in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from commands.catalogue import CATALOGUE, NAME_OF
from commands.command import Command, Envelope
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.ports import NewEvent
from commands.principal import SYSTEM, Principal, Role, person
from commands.who_may import Who
from domain.command_refused import CommandRefused, RefusedCommand
from domain.event import Event
from domain.state import State, Stream
from tests.memory_log import MemoryLog

OLGA = UUID("0a000000-0000-4000-8000-000000000001")
"""The developer who owns the app of most examples."""
ANNA = UUID("0a000000-0000-4000-8000-000000000002")
"""A portal admin."""
ADMIN = person(ANNA, frozenset({Role.PORTAL_ADMIN}))


@dataclass(frozen=True)
class Sent:
    """A command and who sends it."""

    command: Command
    principal: Principal
    on_behalf_of: UUID | None = None
    command_id: UUID | None = None

    def envelope(self) -> Envelope:
        """Wrap it as an adapter would; the content's digest is of what was sent, defaults left out."""
        content = self.command.model_dump_json(exclude_unset=True, context={"seal_personal": str})
        digest = hashlib.sha256(content.encode()).digest()
        return Envelope(self.command_id or uuid4(), NAME_OF[type(self.command)], self.command, self.principal, digest, self.on_behalf_of)


@dataclass(frozen=True)
class Happened:
    """Events that are in the log already, however they came there."""

    stream: Stream
    events: tuple[Event, ...]


Looked = Callable[["Given"], "Command | Sent"]
"""A command that needs what was derived before, as an approval's id."""
Request = Command | Sent | Looked
Step = Request | Happened | timedelta


def by(principal: Principal, command: Command, on_behalf_of: UUID | None = None, command_id: UUID | None = None) -> Sent:
    """Send a command as somebody else than whom the example would expect."""
    return Sent(command, principal, on_behalf_of, command_id)


def happened(stream: Stream, *events: Event) -> Happened:
    """Start from events rather than from commands."""
    return Happened(stream, events)


def sender(command: Command) -> Principal:
    """Who sends a command where an example doesn't say: the owner what owners may, an admin the rest, else the system."""
    who = CATALOGUE[NAME_OF[type(command)]].who
    if Who.OWNER in who:
        return person(OLGA)
    return ADMIN if Who.PORTAL_ADMIN in who else SYSTEM


def given(*steps: Step | Sequence[Step]) -> Given:
    """Let this have happened: commands that are accepted, events, and time that passes."""
    log = MemoryLog()
    executor, there = Executor(log), Given(log)
    for step in flat(steps):
        match step:
            case timedelta():
                log.now += step
            case Happened(stream=stream, events=events):
                log.given(stream, *events)
            case _:
                sent = _sent(step, there)
                (outcome,) = executor.execute([sent.envelope()])
                assert outcome.kind is OutcomeKind.ACCEPTED, f"the example can't begin: {sent.command} was {outcome}"
    return there


def _sent(request: Request, there: Given) -> Sent:
    if not isinstance(request, (Command, Sent)):
        request = request(there)
    return request if isinstance(request, Sent) else Sent(request, sender(request))


def flat(steps: Sequence[Step | Sequence[Step]]) -> list[Step]:
    """Take the steps out of the scenes that hold them."""
    return [each for step in steps for each in (step if isinstance(step, (list, tuple)) else (step,)) if not isinstance(each, Sequence)]


@dataclass(frozen=True)
class Given:
    """What there is before the command."""

    log: MemoryLog

    def when(self, *commands: Request) -> When:
        """Send commands, as one batch, to an executor that has nothing but the log to know from."""
        envelopes = [_sent(each, self).envelope() for each in commands]
        before = len(self.log.appended)
        outcomes = Executor(self.log).execute(envelopes)
        return When(self.log, envelopes, outcomes, self.log.appended[before:])


@dataclass(frozen=True)
class When:
    """What came of it."""

    log: MemoryLog
    envelopes: list[Envelope]
    outcomes: list[Outcome]
    appended: list[NewEvent]

    def then(self, *events: Event) -> When:
        """Expect that all was accepted, with exactly these events, in this order; none: nothing changed."""
        assert [outcome.code for outcome in self.outcomes] == [None] * len(self.outcomes)
        assert [new.event for new in self.appended] == list(events)
        return self

    def then_in(self, kind: type[State], id: UUID, *events: Event) -> When:  # noqa: A002 - as State.at
        """Expect that exactly these events were appended to one stream."""
        assert [new.event for new in self.appended if new.stream == kind.at(id)] == list(events)
        return self

    def then_accepted(self) -> When:
        """Expect no refusal; what happened is looked at otherwise."""
        assert [outcome.code for outcome in self.outcomes] == [None] * len(self.outcomes)
        return self

    def then_refused(self, code: str) -> str:
        """Expect one refusal, recorded as the only event; returns its sentence."""
        (outcome,), (envelope,) = self.outcomes, self.envelopes
        assert (outcome.kind, outcome.code) == (OutcomeKind.REFUSED, code)
        sentence = outcome.sentence
        assert sentence
        refused = CommandRefused(command=envelope.name, target=str(envelope.command.target), code=code, sentence=sentence)
        assert self.appended == [NewEvent(RefusedCommand.at(envelope.command_id), 1, refused)]
        return sentence
