"""Whatever people send, in whatever order, batch or repetition: the system answers as the model, and keeps its promises."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands.add_products import AddProducts
from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.command import Command, Envelope
from commands.create_app import CreateApp
from commands.deactivate_developer import DeactivateDeveloper
from commands.decide_approval import DecideApproval, Decision
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.end_overlap import EndOverlap
from commands.expire_credential import ExpireCredential
from commands.issue_credential import IssueCredential
from commands.outcome import OutcomeKind
from commands.principal import SYSTEM, Principal, Role, person, service
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.retire_product import RetireProduct
from commands.revoke_credential import RevokeCredential
from commands.rotate_credential import RotateCredential
from commands.set_approval_policy import SetApprovalPolicy
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from commands.withdraw_approval import WithdrawApproval
from domain.approval import Verdict
from domain.approval_policy import PolicyMode
from domain.credential import CredentialKind
from domain.owner import Owner
from tests.commands.model import OWNERS, Model, Review, TheApp, Who
from tests.commands.systems import System, Way, in_turn, overlapping
from tests.examples import an_id, digest, product, register
from tests.given import ADMIN, ANNA, OLGA, Sent

T = TypeVar("T")

APPS = [an_id(f"app {n}") for n in range(4)]
"""At the beginning one is active while a product waits, one pending, one rejected; one is not there yet."""
KEYS = [an_id(f"credential {n}") for n in range(6)]
GUARDED = [an_id(f"guarded {n}") for n in range(3)]
FREE = [an_id(f"free {n}") for n in range(2)]
BULK = [an_id(f"bulk {n}") for n in range(49)]
PRODUCTS = [*GUARDED, *FREE, an_id("added later")]
DEVELOPERS = [OLGA, an_id("otto"), ANNA]
OTHER_ADMIN = person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))
ROBOT = service("robot", frozenset({Role.PORTAL_ADMIN}), may_act=frozenset({str(OLGA)}))
Sender = tuple[Principal, UUID | None] | None
SENDERS: list[Sender] = [
    (person(OLGA), None),
    (person(an_id("otto")), None),
    (ADMIN, None),
    (OTHER_ADMIN, None),
    (ROBOT, None),
    (ROBOT, OLGA),
    (ROBOT, an_id("otto")),
    (SYSTEM, None),
    (service("gateway", frozenset({Role.GATEWAY})), None),
]

HOUR = timedelta(hours=1)
LIFETIMES = [None, None, -HOUR, HOUR, 5 * HOUR, 30 * HOUR]
OVERLAPS = [timedelta(0), 2 * HOUR, 24 * HOUR, 24 * HOUR, timedelta(days=7)]
NAMES = ["Weather", "WEATHER", "Ｗeather", "Rain", "Snow"]  # noqa: RUF001 - a full-width W
ANY_APP = [*APPS[:3], *APPS[:3], *APPS[:3], *APPS]
SOMEONE: list[Sender] = [*[None] * 25, *SENDERS]
"""None: whoever may; else anybody, and mostly nobody who may."""


class Pick(Protocol):
    """Chooses one: by hypothesis, which can shrink what failed, or by a seeded random walk, which goes further in the same time."""

    def __call__(self, options: Sequence[T], /) -> T:
        """Choose one of the options."""
        ...


Step = Callable[[Any, Pick], None]
STEPS: list[Step] = []


def step(action: Step) -> Any:  # noqa: ANN401 - hypothesis' own type of a rule
    """Make an action a rule of the machine, and a step of the walk."""
    STEPS.append(action)

    def as_rule(self: AnyHistory, data: st.DataObject) -> None:
        action(self, lambda options: data.draw(st.sampled_from(options)))

    as_rule.__name__ = as_rule.__qualname__ = action.__name__
    return rule(data=st.data())(as_rule)


def some(pick: Pick, options: Sequence[T], most: int = 3) -> tuple[T, ...]:
    """One to three different ones."""
    return tuple(dict.fromkeys(pick(options) for _ in range(pick(range(1, most + 1)))))


def one_in(many: int, pick: Pick) -> bool:
    """Now and then; seldom is never the first choice, so that hypothesis shrinks it away."""
    return pick(range(many)) == many - 1


class AnyHistory(RuleBasedStateMachine):
    """The machine. Subclasses say which system it runs on."""

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
        self.refused = 0
        self.batch_size = 100
        self.way: Way = in_turn

    @initialize(size=st.integers(1, 6), way=st.sampled_from([in_turn, overlapping]))
    def begin(self, size: int, way: Way) -> None:
        for each in DEVELOPERS[:2]:
            self.send(register(each), (ADMIN, None))
        for product_id in [*GUARDED, *FREE, *BULK]:
            self.send(product(product_id, needs_approval=product_id in GUARDED), (ADMIN, None))
        self.send(CreateApp(app_id=APPS[0], owner=Owner(id=OLGA), name="Weather", products=(FREE[0], GUARDED[0])))
        self.send(CreateApp(app_id=APPS[1], owner=Owner(id=an_id("otto")), name="Weather", products=(GUARDED[0], GUARDED[1])))
        self.send(CreateApp(app_id=APPS[2], owner=Owner(id=OLGA), name="Rain", products=(GUARDED[1],)))
        self.send(self._new_key(APPS[0], KEYS[0], None, CredentialKind.API_KEY))
        self.send(self._new_key(APPS[1], KEYS[1], 30 * HOUR, CredentialKind.OAUTH_CLIENT))
        self.send(self._new_key(APPS[2], KEYS[2], None, CredentialKind.JWT))
        rejected = Decision(product_id=GUARDED[1], verdict=Verdict.REJECT, reason="no")
        (approval,) = [id_ for id_, review in self.model.world.reviews.items() if review.app == APPS[2]]
        self.send(DecideApproval(app_id=APPS[2], approval_id=approval, decisions=(rejected,)))
        self.flush()
        self.batch_size, self.way = size, way

    # Sending

    def natural(self, command: Command) -> tuple[Principal, UUID | None]:
        """Whoever may: the app's owner where owners may, else an admin or the system."""
        what = type(command).__name__
        if what == "ExpireCredential":
            return SYSTEM, None
        if isinstance(command, CreateApp):
            return person(command.owner.id), None
        app = self.model.world.apps.get(command.target)
        return (OTHER_ADMIN if app is None or what not in OWNERS else person(app.owner)), None

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
        other = replace(envelope, digest=b"another request")
        if who is not None and (who[0].text, who[1]) != (envelope.principal.text, envelope.on_behalf_of):
            other = replace(envelope, principal=who[0], on_behalf_of=who[1])
        (outcome,) = in_turn(self.system.executors[0], [[other]])
        assert outcome.kind is OutcomeKind.COMMAND_ID_REUSED
        self.system.look()
        assert self.system.observed.events == before

    @step
    def wait(self, pick: Pick) -> None:
        self.flush()
        time = pick([1, 1, 2, 5, 24, 200]) * HOUR
        self.system.wait(time)
        self.model.world.now += time

    # People, products, policy

    @step
    def register(self, pick: Pick) -> None:
        self.send(register(pick([*DEVELOPERS, an_id("nobody")])), pick(SOMEONE))

    @step
    def change_developer(self, pick: Pick) -> None:
        self.send(ChangeDeveloper(developer_id=pick(DEVELOPERS), name=pick([None, "Olga", "Otto"])), pick(SOMEONE))

    @step
    def deactivate(self, pick: Pick) -> None:
        if one_in(8, pick):  # Seldom: it ends most of what could be tried.
            self.send(DeactivateDeveloper(developer_id=pick(DEVELOPERS), reason="left"), pick(SOMEONE))

    @step
    def add_product(self, pick: Pick) -> None:
        self.send(product(pick(PRODUCTS), needs_approval=pick([True, False])), pick(SOMEONE))

    @step
    def change_product(self, pick: Pick) -> None:
        self.send(ChangeProduct(product_id=pick(PRODUCTS), description="new", needs_approval=pick([None, False, True])), pick(SOMEONE))

    @step
    def retire_product(self, pick: Pick) -> None:
        if one_in(8, pick):
            self.send(RetireProduct(product_id=pick(PRODUCTS), reason="old"))

    @step
    def set_policy(self, pick: Pick) -> None:
        mode = pick([PolicyMode.MANUAL, PolicyMode.MANUAL, PolicyMode.AUTO])
        self.send(SetApprovalPolicy(mode=mode, based_on=pick([None, None, 0, 1, 2])), pick(SOMEONE))

    # Apps

    @step
    def create(self, pick: Pick) -> None:
        owner, asked = pick([OLGA, OLGA, an_id("otto"), an_id("nobody")]), pick([(), some(pick, PRODUCTS)])
        app = TheApp(owner, [], {})
        free = [each for each in APPS if each not in self.model.world.apps]
        app_id = pick([*free, *free, *APPS])
        known = self.model.world.apps.get(app_id, app)
        command = CreateApp(app_id=app_id, owner=Owner(id=owner), name=pick(NAMES), products=asked)
        if known.details and one_in(2, pick):  # The same again, as far as its products are still known.
            name, description, _ = known.details
            command = CreateApp(app_id=app_id, owner=Owner(id=known.owner), name=name, description=description, attributes=known.attributes)
        self.send(command, pick(SOMEONE))

    @step
    def edit(self, pick: Pick) -> None:
        command = EditApp(app_id=pick(ANY_APP), name=pick([None, *NAMES]), description=pick([None, "", "new"]))
        self.send(command, pick(SOMEONE))

    @step
    def set_attributes(self, pick: Pick) -> None:
        filling = {str(n): "x" for n in range(16)} if one_in(4, pick) else {}
        named = {name: pick("xy") for name in some(pick, "abc", 2)}
        self.send(SetAttributes(app_id=pick(ANY_APP), attributes={**filling, **named}), pick(SOMEONE))

    @step
    def remove_attributes(self, pick: Pick) -> None:
        self.send(RemoveAttributes(app_id=pick(ANY_APP), names=some(pick, "abc01")), pick(SOMEONE))

    @step
    def add_products(self, pick: Pick) -> None:
        asked = tuple(BULK) if one_in(6, pick) else some(pick, PRODUCTS)
        self.send(AddProducts(app_id=pick(ANY_APP), products=asked), pick(SOMEONE))

    @step
    def remove_products(self, pick: Pick) -> None:
        app_id = pick(ANY_APP)
        app = self.model.world.apps.get(app_id)
        known = [] if app is None else [*app.standing("pending") * 3, *app.standing("pending", "approved", "rejected")]
        self.send(RemoveProducts(app_id=app_id, products=some(pick, [*known, pick(PRODUCTS)], 2)), pick(SOMEONE))

    @step
    def resubmit(self, pick: Pick) -> None:
        self.send(ResubmitApp(app_id=pick(ANY_APP), products=pick([(), some(pick, PRODUCTS)])), pick(SOMEONE))

    @step
    def suspend(self, pick: Pick) -> None:
        self.send(SuspendApp(app_id=pick(ANY_APP), reason="abuse"), pick(SOMEONE))

    @step
    def reinstate(self, pick: Pick) -> None:
        suspended = [id_ for id_, app in self.model.world.apps.items() if app.status == "suspended"]
        self.send(ReinstateApp(app_id=pick([*suspended * 3, *ANY_APP])), pick(SOMEONE))

    @step
    def delete(self, pick: Pick) -> None:
        if one_in(4, pick):
            self.send(DeleteApp(app_id=pick(ANY_APP)), pick(SOMEONE))

    # Approvals

    def _a_review(self, pick: Pick) -> tuple[UUID, UUID, Review]:
        """Mostly an open one, under its own app."""
        reviews = self.model.world.reviews
        ids = sorted(reviews)
        id_ = pick([*[each for each in ids if reviews[each].status == "open"] * 3, *ids])
        return (pick(APPS) if one_in(8, pick) else reviews[id_].app), id_, reviews[id_]

    @step
    def decide(self, pick: Pick) -> None:
        app_id, id_, review = self._a_review(pick)
        named = sorted(review.waiting or GUARDED[:1])
        if review.decided and one_in(2, pick):  # The same again, perhaps by another.
            _, verdicts, comment = review.decided
            decisions = [Decision(product_id=each, verdict=Verdict(verdict), reason=why) for each, (verdict, why) in verdicts.items()]
        else:
            comment = pick([None, "fine"])
            named = [*named, an_id("extra")] if one_in(8, pick) else named
            grant = [pick([True, False]) for _ in named]
            decisions = [
                Decision(product_id=each, verdict=Verdict.GRANT if yes else Verdict.REJECT, reason=None if yes else "no")
                for each, yes in zip(named, grant, strict=True)
            ]
        who = pick([*SOMEONE, *[(person(OLGA, frozenset({Role.PORTAL_ADMIN})), None)] * 3])
        self.send(DecideApproval(app_id=app_id, approval_id=id_, decisions=tuple(decisions), comment=comment), who)

    @step
    def withdraw(self, pick: Pick) -> None:
        if one_in(2, pick):
            app_id, id_, _ = self._a_review(pick)
            self.send(WithdrawApproval(app_id=app_id, approval_id=id_), pick(SOMEONE))

    # Credentials

    def _new_key(self, app: UUID, key: UUID, lifetime: timedelta | None, kind: CredentialKind) -> IssueCredential:
        expires_at = None if lifetime is None else self.model.world.now + lifetime
        secret = None if kind is CredentialKind.JWT else digest(key)
        return IssueCredential(app_id=app, credential_id=key, kind=kind, secret_digest=secret, expires_at=expires_at)

    def _a_key(self, pick: Pick) -> UUID:
        """Mostly one that there is, and of those mostly one that works."""
        world = self.model.world
        known = [id_ for id_, key in world.keys.items() if not key.ended]
        works = [id_ for id_ in known if world.keys[id_].status != "pending" and world.apps[world.keys[id_].app].status == "active"]
        return pick([*works[-4:] * 4, *known[-4:], *KEYS])

    def _app_of(self, key: UUID, pick: Pick) -> UUID:
        """Mostly the app that holds the credential; sometimes another, which must get nowhere."""
        known = self.model.world.keys.get(key)
        return pick(APPS) if known is None or one_in(8, pick) else known.app

    @step
    def issue(self, pick: Pick) -> None:
        key = pick(KEYS)
        known = self.model.world.keys.get(key)
        if known is not None and known.replaces is None and one_in(2, pick):  # The same again.
            app, kind, secret, expires_at = known.content
            command = IssueCredential(app_id=app, credential_id=key, kind=kind, secret_digest=secret, expires_at=expires_at)
        else:
            command = self._new_key(pick(ANY_APP), key, pick(LIFETIMES), pick(list(CredentialKind)))
        self.send(command, pick(SOMEONE))

    @step
    def issue_many(self, pick: Pick) -> None:
        """So many that the limit is met."""
        app, first = pick(ANY_APP), pick(range(40))
        if one_in(4, pick):
            for n in range(first, first + 10):
                self.send(self._new_key(app, an_id(f"many {n}"), None, CredentialKind.API_KEY))

    @step
    def rotate(self, pick: Pick) -> None:
        old = self._a_key(pick)
        known = self.model.world.keys.get(old)
        is_jwt = known is not None and known.content[1] == CredentialKind.JWT
        free = [each for each in KEYS if each not in self.model.world.keys]
        new = pick([*free * 4, *KEYS])
        overlap, lifetime = pick(OVERLAPS), pick(LIFETIMES)
        expires_at = None if lifetime is None else self.model.world.now + lifetime
        rotated = [id_ for id_, key in self.model.world.keys.items() if key.successor is not None]
        if rotated and one_in(3, pick):  # The same again, or nearly.
            old = pick(rotated)
            before = self.model.world.keys[old]
            assert before.successor is not None
            new, is_jwt = before.successor, before.content[1] == CredentialKind.JWT
            expires_at = pick([before.rotation[1], None, expires_at])
        odd = one_in(12, pick)
        command = RotateCredential(
            app_id=self._app_of(old, pick),
            credential_id=old,
            successor_id=new,
            secret_digest=None if is_jwt is not odd else digest(new),
            overlap=overlap,
            expires_at=expires_at,
        )
        self.send(command, pick(SOMEONE))

    @step
    def end_overlap(self, pick: Pick) -> None:
        retiring = [id_ for id_, key in self.model.world.keys.items() if key.status == "retiring"]
        key = pick([*retiring * 2, self._a_key(pick)])
        self.send(EndOverlap(app_id=self._app_of(key, pick), credential_id=key), pick([*SOMEONE, *[(SYSTEM, None)] * 10]))

    @step
    def revoke(self, pick: Pick) -> None:
        key = self._a_key(pick)
        if one_in(2, pick):
            self.send(RevokeCredential(app_id=self._app_of(key, pick), credential_id=key, reason="leaked"), pick(SOMEONE))

    @step
    def expire(self, pick: Pick) -> None:
        expiring = [id_ for id_, key in self.model.world.keys.items() if key.expires is not None and not key.ended]
        key = pick([*expiring, *expiring, self._a_key(pick)])
        self.send(ExpireCredential(app_id=self._app_of(key, pick), credential_id=key), pick(SOMEONE))

    # Promises

    @invariant()
    def promises_are_kept(self) -> None:
        if self.queue:
            return
        self.a_credential_opens_exactly_what_the_design_says()
        self.an_app_has_at_most_one_open_approval_and_has_one_exactly_if_something_waits()
        self.names_are_unique_among_living_apps()
        self.no_limit_is_passed()
        self.events_tell_the_same_as_the_model()
        assert self.system.observed.refusals.total() == self.refused, "every refusal is one event"

    def a_credential_opens_exactly_what_the_design_says(self) -> None:
        world = self.model.world
        asked = [(key, product_id) for key in world.keys for product_id in PRODUCTS]
        told = self.system.opened(asked)
        assert told == {pair for pair in asked if self.model.may_call(*pair)}
        assert told == {pair for pair in asked if self.system.observed.opens(*pair, world.now)}
        ended = {id_ for id_, key in world.keys.items() if key.over(world.now) or world.apps[key.app].status != "active"}
        assert not any(key in ended for key, _ in told)

    def an_app_has_at_most_one_open_approval_and_has_one_exactly_if_something_waits(self) -> None:
        observed = self.system.observed
        for app_id in observed.apps:
            assert len(observed.open_approvals(app_id)) == bool(observed.waiting(app_id))

    def names_are_unique_among_living_apps(self) -> None:
        observed = self.system.observed
        living = [app_id for app_id, status in observed.apps.items() if status != "deleted"]
        assert sorted(observed.names.values()) == sorted(living)

    def no_limit_is_passed(self) -> None:
        world = self.model.world
        for app_id in world.apps:
            assert sum(key.app == app_id and key.counts for key in world.keys.values()) <= 10
            assert len(world.apps[app_id].attributes) <= 18
            assert len(world.apps[app_id].standing("pending", "approved")) <= 50

    def events_tell_the_same_as_the_model(self) -> None:
        world, observed = self.model.world, self.system.observed
        assert observed.apps == {id_: app.status for id_, app in world.apps.items()}
        assert observed.subscriptions == {
            (id_, product_id): status for id_, app in world.apps.items() for product_id, (status, _) in app.subscriptions.items()
        }
        assert observed.credentials == {id_: key.status for id_, key in world.keys.items()}
        assert observed.approvals == {id_: review.status for id_, review in world.reviews.items()}

    def teardown(self) -> None:
        try:
            self.flush()
        finally:
            self.system.close()


def walk(machine: AnyHistory, rnd: random.Random, steps: int) -> None:
    """Take that many steps at random, and see after each that the promises are kept."""
    machine.begin(rnd.randint(1, 6), rnd.choice([in_turn, overlapping]))
    try:
        for _ in range(steps):
            rnd.choice(STEPS)(machine, rnd.choice)
            machine.promises_are_kept()
    finally:
        machine.teardown()
