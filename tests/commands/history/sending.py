"""Sending: commands gather into batches, and each answer is compared with the model."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis.stateful import RuleBasedStateMachine

from commands.accept_transfer import AcceptTransfer
from commands.command import Command, Envelope
from commands.create_app import CreateApp
from commands.create_team import CreateTeam
from commands.decline_transfer import DeclineTransfer
from commands.join_team import JoinTeam
from commands.leave_team import LeaveTeam
from commands.outcome import OutcomeKind
from commands.principal import SYSTEM, Principal, person
from commands.take_offered_credential import TakeOfferedCredential
from tests.commands.history.choosing import (
    APPS,
    HOUR,
    OTHER_ADMIN,
    SAID,
    SOMEONE,
    TEAMS,
    Pick,
    Sender,
    one_in,
    step,
)
from tests.commands.model import Model
from tests.commands.model_of.who_may import OWNERS, TEAM_ADMINS
from tests.commands.model_of.world import Who
from tests.commands.systems import System, Way, in_turn
from tests.given import ANNA, OLGA, Sent


class Sending(RuleBasedStateMachine):
    """A machine that sends. Subclasses say on which system, and what."""

    @staticmethod
    def new_system() -> System:
        raise NotImplementedError("a subclass says which system")

    def __init__(self) -> None:
        super().__init__()
        self.system = self.new_system()
        self.model = Model(self.system.now)
        self.queue: list[tuple[Envelope, str | None]] = []
        self.done: list[tuple[Envelope, Any]] = []
        self.sent = 0
        self.promised = 0
        """How many of those that are done were held against the promises of teams."""
        self.refused = 0
        self.batch_size = 100
        self.way: Way = in_turn

    def natural(self, command: Command) -> tuple[Principal, UUID | None]:
        """Whoever may: the app's owner where owners may, else an admin or the system."""
        what = type(command).__name__
        if what == "ExpireCredential":
            return SYSTEM, None
        if isinstance(command, AcceptTransfer | DeclineTransfer):
            return self._by(command.to.id), None
        if isinstance(command, CreateApp):
            return self._by(command.owner.id), None
        if isinstance(command, JoinTeam | LeaveTeam | CreateTeam):
            return person(command.himself or ANNA), None
        if isinstance(command, TakeOfferedCredential):
            offer = self.model.world.offers.get(command.offer_id)
            return person(OLGA if offer is None else offer.said[2]), None
        if what in TEAM_ADMINS - OWNERS:
            app = self.model.world.apps.get(command.target)
            return self._by(command.target if app is None else app.owner), None
        app = self.model.world.apps.get(command.target)
        return (OTHER_ADMIN if app is None or what not in OWNERS else self._by(app.owner)), None

    def _by(self, owner: UUID) -> Principal:
        """The developer who owns, or an admin of the team that does; where nobody is, an admin of the portal."""
        team = self.model.world.teams.get(owner)
        if team is not None:
            return person(team.admins[0])
        return OTHER_ADMIN if owner in TEAMS else person(owner)

    def send(self, command: Command, who: Sender = None) -> None:
        """Queue a command with the answer that the model wants; what was queued goes as a batch."""
        self.sent += 1
        command_id = uuid5(APPS[0], str(self.sent))
        principal, on_behalf_of = self.natural(command) if who is None else who
        acting = Who(
            principal.text,
            on_behalf_of or principal.person_id,
            frozenset(principal.roles),
            on_behalf_of is not None and principal.may_act_for(on_behalf_of),
            on_behalf_of is not None,
        )
        wanted = self.model.answer(command, acting, command_id)
        self.refused += wanted is not None
        self.queue.append((Sent(command, principal, on_behalf_of, command_id).envelope(), wanted))
        if len(self.queue) >= self.batch_size:
            self.flush()

    def flush(self) -> None:
        """Execute what is queued, by the executor whose turn it is, and compare."""
        queue, self.queue = self.queue, []
        if not queue:
            return
        executor = self.system.executors[self.sent % len(self.system.executors)]
        envelopes = [envelope for envelope, _ in queue]
        middle = len(envelopes) // 2
        outcomes = self.way(executor, [batch for batch in (envelopes[:middle], envelopes[middle:]) if batch])
        for (envelope, wanted), outcome in zip(queue, outcomes, strict=True):
            assert outcome.command_id == envelope.command_id
            assert (outcome.code, outcome.kind) == (wanted, OutcomeKind.REFUSED if wanted else OutcomeKind.ACCEPTED), envelope
            assert not any(said in (outcome.sentence or "") for said in SAID)
            self.done.append((envelope, outcome))
        self.system.look()

    @step
    def repeat(self, pick: Pick) -> None:
        """A command comes once more, perhaps to another executor: the same answer, and nothing happens."""
        self.flush()
        envelope, outcome = pick(self.done)
        before = self.system.observed.events
        assert in_turn(pick(self.system.executors), [[envelope, envelope]]) == [outcome, outcome]
        self.system.look()
        assert self.system.observed.events == before

    @step
    def reuse_an_id(self, pick: Pick) -> None:
        """Another request under an id that was used: no outcome, and nothing happens."""
        self.flush()
        (envelope, _), who = pick(self.done), pick(SOMEONE)
        before = self.system.observed.events
        other = envelope._replace(digest=b"another request")
        if who is not None and (who[0].text, who[1]) != (envelope.principal.text, envelope.on_behalf_of):
            other = envelope._replace(principal=who[0], on_behalf_of=who[1])
        (outcome,) = in_turn(self.system.executors[0], [[other]])
        assert outcome.kind is OutcomeKind.COMMAND_ID_REUSED
        self.system.look()
        assert self.system.observed.events == before

    @step
    def wait(self, pick: Pick) -> None:
        self.let_pass(pick([1, 1, 2, 5, 24, 200]) * HOUR)

    def let_pass(self, time: timedelta) -> None:
        """Let time pass, once what is queued was decided."""
        self.flush()
        self.system.wait(time)
        self.model.world.now += time

    def wait_until(self, at: datetime | None, pick: Pick) -> None:
        """Sometimes wait until something is due: else hardly any walk would see it."""
        if at is not None and at > self.model.world.now and one_in(2, pick):
            self.let_pass(at - self.model.world.now + HOUR)
