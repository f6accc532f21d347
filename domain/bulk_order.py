"""What a bulk run is asked to do, and to which apps: the order that an admin gives, and the criteria that choose its targets."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.credential import AtDeadline


class BulkAction(StrEnum):
    """What is done to each target."""

    APPROVE = "approve"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    DEMAND_ROTATION = "demand_rotation"


class BulkOrder(BaseModel):
    """The action, with what its commands say. `undoes` names the run whose suspensions a reinstatement takes back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: BulkAction
    reason: str | None = None
    deadline: AwareDatetime | None = None
    then: AtDeadline | None = None
    undoes: UUID | None = None


class BulkCriteria(BaseModel):
    """Which apps: all that is given must fit. `ids` lists the approvals, or the apps, one by one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statuses: tuple[str, ...] = ()
    product_id: UUID | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None
    attributes: dict[str, str | None] = {}
    created_before: AwareDatetime | None = None
    created_after: AwareDatetime | None = None
    ids: tuple[UUID, ...] = ()
