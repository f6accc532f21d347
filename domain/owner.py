"""Who owns an app: a developer, or a team."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class OwnerKind(StrEnum):
    """The kinds of owner."""

    DEVELOPER = "developer"
    TEAM = "team"


class Owner(BaseModel):
    """An owner, by id only: names are joined where they are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: OwnerKind = OwnerKind.DEVELOPER
    id: UUID
