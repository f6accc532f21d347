"""What every event is: a frozen record of a fact, with types but no rules."""

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact. Rules live on commands, so that tightening one never makes history unreadable.

    Errors end up in logs, so they show nothing of what was read: it may be about a person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
