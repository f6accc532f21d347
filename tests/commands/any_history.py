"""Whatever people send, in whatever order, batch or repetition: the system answers as the model, and keeps its promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from commands.add_products import AddProducts
from commands.catalogue import NAME_OF
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
from tests.commands.model import OWNERS, Model, Who
from tests.commands.systems import System, Way, in_turn, overlapping
from tests.examples import an_id, digest, product, register
from tests.given import ADMIN, ANNA, OLGA, Sent

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

ENDS_WITH_TIME = {"ExpireCredential"}
HOUR = timedelta(hours=1)
apps = st.sampled_from([*APPS[:3], *APPS[:3], *APPS])
keys = st.sampled_from(KEYS)
products = st.sampled_from(PRODUCTS)
some_products = st.lists(products, min_size=1, max_size=3, unique=True).map(tuple)
names = st.sampled_from(["Weather", "WEATHER", "Ｗeather", "Rain", "Snow"])  # noqa: RUF001 - a full-width W
owners = st.sampled_from([OLGA, OLGA, an_id("otto"), an_id("nobody")])
attributes = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), min_size=1)
lifetimes = st.sampled_from([None, None, -HOUR, HOUR, 5 * HOUR, 30 * HOUR])
overlaps = st.sampled_from([timedelta(0), 2 * HOUR, 24 * HOUR, 24 * HOUR, timedelta(days=7)])
someone = st.sampled_from([None] * 25 + SENDERS)
"""None: whoever may; else anybody, and mostly nobody who may."""


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
        self.batch_size = 1
        self.way: Way = in_turn

    @initialize(size=st.integers(1, 6), way=st.sampled_from([in_turn, overlapping]))
    def begin(self, size: int, way: Way) -> None:
        for each in DEVELOPERS[:2]:
            self.send(register(each), (ADMIN, None))
        for product_id in [*GUARDED, *FREE, *BULK]:
            self.send(product(product_id, needs_approval=product_id in GUARDED), (ADMIN, None))
        self.send(CreateApp(app_id=APPS[0], owner=Owner(id=OLGA), name="Weather", products=(FREE[0], GUARDED[0])))
        self.send(CreateApp(app_id=APPS[1], owner=Owner(id=an_id("otto")), name="Weather", products=(GUARDED[0], GUARDED[1])))
        self.send(self._issue(APPS[0], KEYS[0], None, CredentialKind.API_KEY))
        self.send(self._issue(APPS[1], KEYS[1], 30 * HOUR, CredentialKind.OAUTH_CLIENT))
        self.send(CreateApp(app_id=APPS[2], owner=Owner(id=OLGA), name="Rain", products=(GUARDED[1],)))
        self.send(self._issue(APPS[2], KEYS[2], None, CredentialKind.JWT))
        rejected = Decision(product_id=GUARDED[1], verdict=Verdict.REJECT, reason="no")
        (approval,) = [id_ for id_, review in self.model.world.reviews.items() if review.app == APPS[2]]
        self.send(DecideApproval(app_id=APPS[2], approval_id=approval, decisions=(rejected,)))
        self.flush()
        self.batch_size, self.way = size, way

    # Sending

    def natural(self, command: Command) -> tuple[Principal, UUID | None]:
        """Whoever may: the app's owner where owners may, else an admin or the system."""
        what = type(command).__name__
        if what in ENDS_WITH_TIME:
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
        self.queue.append((replace(Sent(command, principal, on_behalf_of, command_id).envelope(), name=NAME_OF[type(command)]), wanted))
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

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A command comes once more, perhaps to another executor: the same answer, and nothing happens."""
        self.flush()
        envelope, outcome = data.draw(st.sampled_from(self.done))
        before = self.system.observed.events
        assert in_turn(data.draw(st.sampled_from(self.system.executors)), [[envelope, envelope]]) == [outcome, outcome]
        self.system.look()
        assert self.system.observed.events == before

    @rule(data=st.data(), who=someone)
    def reuse_an_id(self, data: st.DataObject, who: Sender) -> None:
        """Another request under an id that was used: no outcome, and nothing happens."""
        self.flush()
        envelope, _ = data.draw(st.sampled_from(self.done))
        before = self.system.observed.events
        other = replace(envelope, digest=b"another request")
        if who is not None and (who[0].text, who[1]) != (envelope.principal.text, envelope.on_behalf_of):
            other = replace(envelope, principal=who[0], on_behalf_of=who[1])
        (outcome,) = in_turn(self.system.executors[0], [[other]])
        assert outcome.kind is OutcomeKind.COMMAND_ID_REUSED
        self.system.look()
        assert self.system.observed.events == before

    @rule(hours=st.sampled_from([1, 1, 2, 5, 24, 200]))
    def wait(self, hours: int) -> None:
        self.flush()
        self.system.wait(hours * HOUR)
        self.model.world.now += hours * HOUR

    # People, products, policy

    @rule(id_=st.sampled_from([*DEVELOPERS, an_id("nobody")]), who=someone)
    def register(self, id_: UUID, who: Sender) -> None:
        self.send(register(id_), who)

    @rule(id_=st.sampled_from(DEVELOPERS), name=st.sampled_from([None, "Olga", "Otto"]), who=someone)
    def change_developer(self, id_: UUID, name: str | None, who: Sender) -> None:
        self.send(ChangeDeveloper(developer_id=id_, name=name), who)

    @rule(id_=st.sampled_from([an_id("otto"), ANNA, OLGA]), who=someone, really=st.integers(0, 3))
    def deactivate(self, id_: UUID, who: Sender, really: int) -> None:
        if really == 1:  # Seldom: it ends most of what could be tried.
            self.send(DeactivateDeveloper(developer_id=id_, reason="left"), who)

    @rule(id_=products, guarded=st.booleans(), who=someone)
    def add_product(self, id_: UUID, who: Sender, *, guarded: bool) -> None:
        self.send(product(id_, needs_approval=guarded), who)

    @rule(id_=products, guarded=st.sampled_from([None, False, True]), who=someone)
    def change_product(self, id_: UUID, guarded: bool | None, who: Sender) -> None:  # noqa: FBT001
        self.send(ChangeProduct(product_id=id_, description="new", needs_approval=guarded), who)

    @rule(id_=products, really=st.integers(0, 3))
    def retire_product(self, id_: UUID, really: int) -> None:
        if really == 1:
            self.send(RetireProduct(product_id=id_, reason="old"), (ADMIN, None))

    @rule(mode=st.sampled_from(PolicyMode), based_on=st.sampled_from([None, None, 0, 1, 2]), who=someone)
    def set_policy(self, mode: PolicyMode, based_on: int | None, who: Sender) -> None:
        self.send(SetApprovalPolicy(mode=mode, based_on=based_on), who)

    # Apps

    @rule(app=apps, owner=owners, name=names, asked=st.just(()) | some_products, who=someone)
    def create(self, app: UUID, owner: UUID, name: str, asked: tuple[UUID, ...], who: Sender) -> None:
        self.send(CreateApp(app_id=app, owner=Owner(id=owner), name=name, products=asked), who)

    @rule(app=apps, name=st.none() | names, description=st.sampled_from([None, "", "new"]), who=someone)
    def edit(self, app: UUID, name: str | None, description: str | None, who: Sender) -> None:
        self.send(EditApp(app_id=app, name=name, description=description), who)

    @rule(app=apps, attributes=attributes, many=st.integers(0, 4), who=someone)
    def set_attributes(self, app: UUID, attributes: dict[str, str], many: int, who: Sender) -> None:
        filling = {str(n): "x" for n in range(16)} if many == 4 else {}
        self.send(SetAttributes(app_id=app, attributes={**filling, **dict(list(attributes.items())[:2])}), who)

    @rule(app=apps, names=st.lists(st.sampled_from("abc01"), min_size=1, unique=True).map(tuple), who=someone)
    def remove_attributes(self, app: UUID, names: tuple[str, ...], who: Sender) -> None:
        self.send(RemoveAttributes(app_id=app, names=names), who)

    @rule(app=apps, asked=some_products | st.just(tuple(BULK)), who=someone)
    def add_products(self, app: UUID, asked: tuple[UUID, ...], who: Sender) -> None:
        self.send(AddProducts(app_id=app, products=asked), who)

    @rule(app=apps, removed=some_products, who=someone)
    def remove_products(self, app: UUID, removed: tuple[UUID, ...], who: Sender) -> None:
        self.send(RemoveProducts(app_id=app, products=removed), who)

    @rule(app=apps, asked=st.just(()) | some_products, who=someone)
    def resubmit(self, app: UUID, asked: tuple[UUID, ...], who: Sender) -> None:
        self.send(ResubmitApp(app_id=app, products=asked), who)

    @rule(app=apps, who=someone)
    def suspend(self, app: UUID, who: Sender) -> None:
        self.send(SuspendApp(app_id=app, reason="abuse"), who)

    @rule(app=apps, who=someone)
    def reinstate(self, app: UUID, who: Sender) -> None:
        self.send(ReinstateApp(app_id=app), who)

    @rule(app=apps, who=someone, really=st.integers(0, 1))
    def delete(self, app: UUID, who: Sender, really: int) -> None:
        if really == 1:
            self.send(DeleteApp(app_id=app), who)

    # Approvals

    @precondition(lambda self: self.model.world.reviews)
    @rule(data=st.data(), app=apps, own=st.integers(0, 7), verdicts=st.data(), extra=st.integers(0, 5), who=someone)
    def decide(self, *, data: st.DataObject, app: UUID, own: int, verdicts: st.DataObject, extra: int, who: Sender) -> None:
        id_, review = data.draw(st.sampled_from(sorted(self.model.world.reviews.items(), key=lambda each: each[0])))
        named = sorted(review.waiting or (review.decided[1] if review.decided else GUARDED[:1]))
        if extra == 5:
            named = [*named, an_id("extra")]
        decisions = []
        for each in named:
            if verdicts.draw(st.booleans()):
                decisions.append(Decision(product_id=each, verdict=Verdict.GRANT))
            else:
                decisions.append(Decision(product_id=each, verdict=Verdict.REJECT, reason="no"))
        self.send(DecideApproval(app_id=app if own == 7 else review.app, approval_id=id_, decisions=tuple(decisions)), who)

    @precondition(lambda self: self.model.world.reviews)
    @rule(data=st.data(), app=apps, own=st.integers(0, 7), who=someone)
    def withdraw(self, data: st.DataObject, app: UUID, own: int, who: Sender) -> None:
        id_, review = data.draw(st.sampled_from(sorted(self.model.world.reviews.items(), key=lambda each: each[0])))
        self.send(WithdrawApproval(app_id=app if own == 7 else review.app, approval_id=id_), who)

    # Credentials

    def _issue(self, app: UUID, key: UUID, lifetime: timedelta | None, kind: CredentialKind) -> IssueCredential:
        expires_at = None if lifetime is None else self.model.world.now + lifetime
        secret = None if kind is CredentialKind.JWT else digest(key)
        return IssueCredential(app_id=app, credential_id=key, kind=kind, secret_digest=secret, expires_at=expires_at)

    def _a_key(self, data: st.DataObject, *, living: bool) -> UUID:
        """Mostly one that there is, and of those mostly one that was rotated or works."""
        world = self.model.world
        known = [id_ for id_, key in world.keys.items() if not (living and key.ended)]
        works = [
            id_ for id_ in known if world.keys[id_].status in {"active", "retiring"} and world.apps[world.keys[id_].app].status == "active"
        ]
        return data.draw(st.sampled_from([*works[-3:] * 4, *known, *KEYS]))

    def _app_of(self, key: UUID, app: UUID, own: int) -> UUID:
        """Mostly the app that holds the credential; sometimes another, which must get nowhere."""
        known = self.model.world.keys.get(key)
        return app if known is None or own == 7 else known.app

    @rule(app=apps, key=keys, lifetime=lifetimes, kind=st.sampled_from(CredentialKind), who=someone)
    def issue(self, app: UUID, key: UUID, lifetime: timedelta | None, kind: CredentialKind, who: Sender) -> None:
        self.send(self._issue(app, key, lifetime, kind), who)

    @rule(app=apps, first=st.integers(0, 30))
    def issue_many(self, app: UUID, first: int) -> None:
        """So many that the limit is met."""
        for n in range(first, first + 10):
            self.send(self._issue(app, an_id(f"many {n}"), None, CredentialKind.API_KEY))

    @rule(
        app=apps, data=st.data(), new=keys, overlap=overlaps, lifetime=lifetimes, own=st.integers(0, 7), odd=st.integers(0, 7), who=someone
    )
    def rotate(
        self, *, app: UUID, data: st.DataObject, new: UUID, overlap: timedelta, lifetime: timedelta | None, own: int, odd: int, who: Sender
    ) -> None:
        old = self._a_key(data, living=True)
        known = self.model.world.keys.get(old)
        if known is not None and known.successor is not None and odd in {1, 2}:
            new = known.successor  # The same again, or nearly.
        is_jwt = known is not None and known.content[1] == CredentialKind.JWT
        command = RotateCredential(
            app_id=self._app_of(old, app, own),
            credential_id=old,
            successor_id=new,
            secret_digest=None if is_jwt is (odd != 7) else digest(new),
            overlap=overlap,
            expires_at=None if lifetime is None else self.model.world.now + lifetime,
        )
        self.send(command, who)

    @rule(app=apps, data=st.data(), own=st.integers(0, 7), who=someone)
    def end_overlap(self, app: UUID, data: st.DataObject, own: int, who: Sender) -> None:
        key = self._a_key(data, living=True)
        self.send(EndOverlap(app_id=self._app_of(key, app, own), credential_id=key), who)

    @rule(app=apps, data=st.data(), own=st.integers(0, 7), who=someone)
    def revoke(self, app: UUID, data: st.DataObject, own: int, who: Sender) -> None:
        key = self._a_key(data, living=True)
        self.send(RevokeCredential(app_id=self._app_of(key, app, own), credential_id=key, reason="leaked"), who)

    @rule(app=apps, data=st.data(), own=st.integers(0, 7), who=someone)
    def expire(self, app: UUID, data: st.DataObject, own: int, who: Sender) -> None:
        key = self._a_key(data, living=False)
        self.send(ExpireCredential(app_id=self._app_of(key, app, own), credential_id=key), who)

    # Promises

    @invariant()
    def a_credential_opens_exactly_what_the_design_says(self) -> None:
        if self.queue:
            return
        world = self.model.world
        asked = [(key, product_id) for key in world.keys for product_id in PRODUCTS]
        told = self.system.opened(asked)
        assert told == {pair for pair in asked if self.model.may_call(*pair)}
        assert told == {pair for pair in asked if self.system.observed.opens(*pair, world.now)}
        ended = {id_ for id_, key in world.keys.items() if key.over(world.now) or world.apps[key.app].status != "active"}
        assert not any(key in ended for key, _ in told)

    @invariant()
    def an_app_has_at_most_one_open_approval_and_has_one_exactly_if_something_waits(self) -> None:
        observed = self.system.observed
        for app_id in observed.apps:
            assert len(observed.open_approvals(app_id)) == bool(observed.waiting(app_id))

    @invariant()
    def names_are_unique_among_living_apps(self) -> None:
        observed = self.system.observed
        living = [app_id for app_id, status in observed.apps.items() if status != "deleted"]
        assert sorted(observed.names.values()) == sorted(living)

    @invariant()
    def no_app_has_more_than_10_live_credentials(self) -> None:
        world = self.model.world
        for app_id in world.apps:
            assert sum(key.app == app_id and key.counts for key in world.keys.values()) <= 10
            assert len(world.apps[app_id].attributes) <= 18
            assert len(world.apps[app_id].standing("pending", "approved")) <= 50

    @invariant()
    def events_tell_the_same_as_the_model(self) -> None:
        if self.queue:
            return
        world, observed = self.model.world, self.system.observed
        assert observed.apps == {id_: app.status for id_, app in world.apps.items()}
        assert observed.subscriptions == {
            (id_, product_id): status for id_, app in world.apps.items() for product_id, (status, _) in app.subscriptions.items()
        }
        assert observed.credentials == {id_: key.status for id_, key in world.keys.items()}
        assert observed.approvals == {id_: review.status for id_, review in world.reviews.items()}

    @invariant()
    def every_refusal_is_one_event(self) -> None:
        if not self.queue:
            assert self.system.observed.refusals.total() == self.refused

    def teardown(self) -> None:
        try:
            self.flush()
        finally:
            self.system.close()
