"""Ids that nobody supplies, derived from what is there: the same request always derives the same id."""

import unicodedata
from functools import lru_cache
from uuid import UUID, uuid5

from domain.visible import visible

APP_NAMES = UUID("6f1d8f0e-5b55-5d2e-9d6b-0f7b0a4d7c11")
"""The namespace of app names."""

POLICY_ID = UUID("1b7f6a34-60a8-5a3f-8a0b-3f1f7c2c9d52")
"""The one approval policy of an installation."""

DERIVED_KEPT_MAX = 1_024
"""Each is asked for a few times while its command is decided, and a hash takes longer than all else there."""


@lru_cache(maxsize=DERIVED_KEPT_MAX)
def approval_id(command_id: UUID) -> UUID:
    """Name the approval that a command opens."""
    return uuid5(command_id, "approval")


@lru_cache(maxsize=DERIVED_KEPT_MAX)
def app_name_id(owner_kind: str, owner_id: UUID, name: str) -> UUID:
    """Name the stream of an app name under its owner: names that look alike are the same name.

    Alike means without characters that nobody sees, NFKC, case-folded, white space as one space.
    """
    # What nobody sees goes first: between a letter and its accent it would keep them apart. Folding brings none back.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible(name)).casefold())
    return uuid5(APP_NAMES, f"{owner_kind}:{owner_id}:{' '.join(folded.split())}")


def expiry_warning_id(credential_id: UUID, days: int) -> UUID:
    """Name the occasion that a credential expires in so many days."""
    return uuid5(credential_id, f"expires in {days}")


def notice_id(occasion_id: UUID, recipient_id: UUID, channel: str, webhook_id: UUID | None) -> UUID:
    """Name what one recipient is told by one channel, whoever asks and however often."""
    return uuid5(occasion_id, f"{recipient_id}\n{channel}\n{webhook_id or ''}")
