"""The people, products and requests that examples are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from commands.add_product_to_catalogue import AddProductToCatalogue
from commands.add_products import AddProducts
from commands.create_app import CreateApp
from commands.create_team import CreateTeam
from commands.decide_approval import DecideApproval, Decision
from commands.delete_app import DeleteApp
from commands.demand_rotation import DemandRotation
from commands.invite_member import InviteMember
from commands.issue_credential import IssueCredential
from commands.join_team import JoinTeam
from commands.leave_team import LeaveTeam
from commands.principal import Principal, person
from commands.reevaluate_approval import ReevaluateApproval
from commands.register_developer import RegisterDeveloper
from commands.rotate_credential import RotateCredential
from commands.set_approval_policy import SetApprovalPolicy
from commands.suspend_app import SuspendApp
from commands.withdraw_approval import WithdrawApproval
from domain.approval import Approval, ApprovalOpened, Verdict
from domain.approval_policy import PolicyMode
from domain.credential import AtDeadline, CredentialKind
from domain.limits import OVERLAP_DEFAULT
from domain.owner import Owner, OwnerKind
from tests.given import ADMIN, ANNA, OLGA, Given, Looked, Sent, Step, flat
from tests.memory_log import NOW

ONE_HOUR, ONE_DAY, THIRTY_DAYS = timedelta(hours=1), timedelta(days=1), timedelta(days=30)
SECOND = timedelta(seconds=1)

PLACE = UUID("0b000000-0000-4000-8000-000000000000")


def an_id(name: str) -> UUID:
    """An id that is the same wherever an example uses the same name."""
    return uuid5(PLACE, name)


OTTO = an_id("otto")
"""Another developer."""
STRANGER = person(OTTO)
OWNER = person(OLGA)

APP, OTHER_APP = an_id("app"), an_id("other app")
KEY, NEW_KEY, NEWEST_KEY, OTHER_KEY = an_id("key"), an_id("new key"), an_id("newest key"), an_id("other key")
FREE, ALSO_FREE = an_id("free"), an_id("also free")
"""Products that need no approval."""
GUARDED, ALSO_GUARDED = an_id("guarded"), an_id("also guarded")
"""Products that need approval."""


def digest(of: UUID) -> str:
    """The digest that the example's credential of this id has."""
    return hashlib.sha256(of.bytes).hexdigest()


def register(developer_id: UUID) -> RegisterDeveloper:
    return RegisterDeveloper(developer_id=developer_id, name="Olga Example", email=f"{developer_id}@example.org")


def product(product_id: UUID, *, needs_approval: bool) -> AddProductToCatalogue:
    return AddProductToCatalogue(product_id=product_id, name="Payments", category="money", needs_approval=needs_approval)


SCENE = (
    register(OLGA),
    register(OTTO),
    register(ANNA),
    product(FREE, needs_approval=False),
    product(ALSO_FREE, needs_approval=False),
    product(GUARDED, needs_approval=True),
    product(ALSO_GUARDED, needs_approval=True),
)
"""Two developers, an admin, four products; no policy, so that a person decides."""


def create(*products: UUID, app_id: UUID = APP, owner: UUID = OLGA, name: str = "Weather") -> CreateApp:
    return CreateApp(app_id=app_id, owner=Owner(id=owner), name=name, products=products)


def ask(*products: UUID, app_id: UUID = APP) -> AddProducts:
    return AddProducts(app_id=app_id, products=products)


def issue(
    credential_id: UUID = KEY, *, app_id: UUID = APP, kind: CredentialKind = CredentialKind.API_KEY, expires_at: datetime | None = None
) -> IssueCredential:
    secret_digest = None if kind is CredentialKind.JWT else digest(credential_id)
    if kind is CredentialKind.JWT and expires_at is None:
        expires_at = NOW + 30 * ONE_DAY
    return IssueCredential(app_id=app_id, credential_id=credential_id, kind=kind, secret_digest=secret_digest, expires_at=expires_at)


def rotate(
    old: UUID = KEY,
    *,
    to: UUID = NEW_KEY,
    app_id: UUID = APP,
    overlap: timedelta = OVERLAP_DEFAULT,
    expires_at: datetime | None = None,
    reason: str | None = None,
) -> RotateCredential:
    return RotateCredential(
        app_id=app_id,
        credential_id=old,
        successor_id=to,
        secret_digest=digest(to),
        overlap=overlap,
        expires_at=expires_at,
        reason=reason,
    )


def demand(deadline: datetime | None = None, then: AtDeadline = AtDeadline.REVOKE, credential_id: UUID = KEY) -> DemandRotation:
    """Demand that it be rotated, by tomorrow if nothing else is said."""
    deadline = NOW + ONE_DAY if deadline is None else deadline
    return DemandRotation(app_id=APP, credential_id=credential_id, deadline=deadline, then=then, reason="broken into")


def grant(product_id: UUID) -> Decision:
    return Decision(product_id=product_id, verdict=Verdict.GRANT)


def reject(product_id: UUID, reason: str = "not yet") -> Decision:
    return Decision(product_id=product_id, verdict=Verdict.REJECT, reason=reason)


def approvals(there: Given) -> list[UUID]:
    """The approvals that were opened, in order: their ids are derived, so an example has to look."""
    return [Approval.id_in(new.stream) for new in there.log.appended if isinstance(new.event, ApprovalOpened)]


def decide(*decisions: Decision, app_id: UUID = APP, comment: str | None = None, by: Principal = ADMIN) -> Looked:
    """Decide the approval that was opened last."""
    return lambda there: Sent(DecideApproval(app_id=app_id, approval_id=approvals(there)[-1], decisions=decisions, comment=comment), by)


def withdraw(app_id: UUID = APP, by: Principal = OWNER) -> Looked:
    """Withdraw the approval that was opened last."""
    return lambda there: Sent(WithdrawApproval(app_id=app_id, approval_id=approvals(there)[-1]), by)


def reevaluate(app_id: UUID = APP, by: Principal = ADMIN) -> Looked:
    """Run the policy in force over the approval that was opened last."""
    return lambda there: Sent(ReevaluateApproval(app_id=app_id, approval_id=approvals(there)[-1]), by)


def policy(*rules: dict[str, Any]) -> SetApprovalPolicy:
    """A conditional policy; rules as their authors write them."""
    return SetApprovalPolicy.model_validate_json(json.dumps({"mode": PolicyMode.CONDITIONAL, "rules": rules}))


TEAM, OTHER_TEAM, OFFER = an_id("team"), an_id("other team"), an_id("offer")
MIA, INGA, FRED, ULF = an_id("mia"), an_id("inga"), an_id("fred"), an_id("ulf")
"""A member, one who was only invited, one who has left, and the admin of another team."""
OF_TEAM = Owner(kind=OwnerKind.TEAM, id=TEAM)
OF_OLGA, OF_OTTO = Owner(id=OLGA), Owner(id=OTTO)


def invite(developer_id: UUID, team_id: UUID = TEAM, *, as_admin: bool = False, by: UUID = OLGA) -> Sent:
    return Sent(InviteMember(team_id=team_id, developer_id=developer_id, as_admin=as_admin), person(by))


def join(developer_id: UUID, team_id: UUID = TEAM) -> Sent:
    return Sent(JoinTeam(team_id=team_id, developer_id=developer_id), person(developer_id))


def joined(developer_id: UUID, *, as_admin: bool = False) -> tuple[Sent, Sent]:
    return invite(developer_id, as_admin=as_admin), join(developer_id)


def leave(developer_id: UUID, team_id: UUID = TEAM) -> Sent:
    return Sent(LeaveTeam(team_id=team_id, developer_id=developer_id), person(developer_id))


TEAM_SCENE: tuple[Step, ...] = (
    *SCENE,
    *map(register, (MIA, INGA, FRED, ULF)),
    Sent(CreateTeam(team_id=TEAM, name="Kitchen", admin=OLGA), OWNER),
    *joined(MIA),
    invite(INGA),
    *joined(FRED),
    leave(FRED),
    Sent(CreateTeam(team_id=OTHER_TEAM, name="Hall", admin=ULF), person(ULF)),
)
"""Olga has a team with Mia; Inga is invited, Fred has left, and Ulf has a team of his own."""


def of_team(scene: Sequence[Step | Sequence[Step]], among: Sequence[Step] = TEAM_SCENE) -> tuple[Step, ...]:
    """The same scene among these people, with all apps of Olga's team instead of her own."""
    steps = [each.model_copy(update={"owner": OF_TEAM}) if isinstance(each, CreateApp) else each for each in flat(scene)]
    return (*among, *steps)


ACTIVE = (*SCENE, create())
"""An app without products is active at once."""
PENDING = (*SCENE, create(GUARDED))
"""An app that waits for its only product."""
REJECTED = (*PENDING, decide(reject(GUARDED)))
SUSPENDED = (*ACTIVE, SuspendApp(app_id=APP, reason="abuse"))
DELETED = (*ACTIVE, DeleteApp(app_id=APP))
WITH_KEY = (*ACTIVE, issue())
TOMORROW = NOW + ONE_DAY
