"""What every event is: a frozen record of a fact, with types but no rules."""

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact. Rules live on commands, so that tightening one never makes history unreadable."""

    model_config = ConfigDict(frozen=True, extra="forbid")
