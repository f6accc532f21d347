"""Whatever people send, in whatever order, batch or repetition: the system answers as the model, and keeps its promises."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from commands.create_app import CreateApp
from commands.create_team import CreateTeam
from commands.decide_approval import DecideApproval, Decision
from commands.invite_member import InviteMember
from commands.join_team import JoinTeam
from domain.approval import Verdict
from domain.credential import CredentialKind
from domain.owner import Owner
from tests.commands.history.approvals import Approvals
from tests.commands.history.apps import Apps
from tests.commands.history.choosing import (
    APPS,
    BULK,
    DEVELOPERS,
    FREE,
    GUARDED,
    HOUR,
    KEYS,
    STEPS,
    TEAMS,
    Step,
    owner_of,
)
from tests.commands.history.credentials import Credentials
from tests.commands.history.people import PeopleAndProducts
from tests.commands.history.promises import Promises
from tests.commands.history.teams import Teams
from tests.commands.systems import Way, in_turn, overlapping
from tests.examples import MIA, an_id, product, register
from tests.given import ADMIN, OLGA


class AnyHistory(PeopleAndProducts, Apps, Approvals, Credentials, Teams, Promises):
    """The machine. Subclasses say which system it runs on."""

    @initialize(size=st.integers(1, 6), way=st.sampled_from([in_turn, overlapping]))
    def begin(self, size: int, way: Way) -> None:
        for each in DEVELOPERS[:3]:
            self.send(register(each), (ADMIN, None))
        for product_id in [*GUARDED, *FREE, *BULK]:
            self.send(product(product_id, needs_approval=product_id in GUARDED), (ADMIN, None))
        self.send(CreateApp(app_id=APPS[0], owner=Owner(id=OLGA), name="Weather", products=(FREE[0], GUARDED[0])))
        self.send(CreateApp(app_id=APPS[1], owner=Owner(id=an_id("otto")), name="Weather", products=(GUARDED[0], GUARDED[1])))
        self.send(CreateApp(app_id=APPS[2], owner=Owner(id=OLGA), name="Rain", products=(GUARDED[1],)))
        self.send(self._new_key(APPS[0], KEYS[0], None, CredentialKind.API_KEY))
        self.send(self._new_key(APPS[1], KEYS[1], 30 * HOUR, CredentialKind.OAUTH_CLIENT))
        self.send(self._new_key(APPS[2], KEYS[2], None, CredentialKind.JWT))
        self.send(CreateTeam(team_id=TEAMS[0], name="Kitchen", admin=OLGA))
        self.send(InviteMember(team_id=TEAMS[0], developer_id=MIA))
        self.send(JoinTeam(team_id=TEAMS[0], developer_id=MIA))
        self.send(CreateApp(app_id=APPS[4], owner=owner_of(TEAMS[0]), name="Weather", products=(FREE[0],)))
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


WEIGHTS = {
    "set_policy": 1,
    "change_product": 1,
    "edit": 2,
    "set_attributes": 6,
    "remove_attributes": 2,
    "add_products": 3,
    "remove_products": 1,
    "resubmit": 2,
    "decide": 3,
    "reevaluate": 2,
}
OF_THE_POLICY = [each for each in STEPS for _ in range(WEIGHTS.get(each.__name__, 0))]
"""What lets in, and more often what changes what was let in."""


def walk(machine: AnyHistory, rnd: random.Random, steps: int, among: Sequence[Step] = STEPS) -> None:
    """Take that many steps at random, and see after each that the promises are kept."""
    machine.begin(rnd.randint(1, 6), rnd.choice([in_turn, overlapping]))
    try:
        for _ in range(steps):
            rnd.choice(among)(machine, rnd.choice)
            machine.promises_are_kept()
    finally:
        machine.teardown()
