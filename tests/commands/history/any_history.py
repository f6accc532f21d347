"""Whatever people send, in whatever order, batch or repetition: the system answers as the model, and keeps its promises."""

from __future__ import annotations

import random

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from commands.create_app import CreateApp
from commands.decide_approval import DecideApproval, Decision
from domain.approval import Verdict
from domain.credential import CredentialKind
from domain.owner import Owner
from tests.commands.history.approvals import Approvals
from tests.commands.history.apps import Apps
from tests.commands.history.bulk import BulkRuns
from tests.commands.history.choosing import (
    APPS,
    BULK,
    DEVELOPERS,
    FREE,
    GUARDED,
    HOUR,
    KEYS,
    STEPS,
)
from tests.commands.history.credentials import Credentials
from tests.commands.history.people import PeopleAndProducts
from tests.commands.history.promises import Promises
from tests.commands.systems import Way, in_turn, overlapping
from tests.examples import an_id, product, register
from tests.given import ADMIN, OLGA


class AnyHistory(PeopleAndProducts, Apps, Approvals, Credentials, BulkRuns, Promises):
    """The machine. Subclasses say which system it runs on."""

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
