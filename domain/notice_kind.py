"""What people are told of, and by which channels."""

from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """The ways by which a notice reaches somebody."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


class NoticeKind(StrEnum):
    """The kinds of notice."""

    APPROVAL_WAITS = "approval_waits"
    APPROVAL_GRANTED = "approval_granted"
    APPROVAL_REJECTED = "approval_rejected"
    APP_SUSPENDED = "app_suspended"
    APP_REINSTATED = "app_reinstated"
    APP_DELETED = "app_deleted"
    APP_TRANSFER_OFFERED = "app_transfer_offered"
    ROTATION_DEMANDED = "rotation_demanded"
    ROTATION_MISSED = "rotation_missed"
    CREDENTIAL_EXPIRES = "credential_expires"
    TEAM_INVITED = "team_invited"
    TEAM_INVITATION_WITHDRAWN = "team_invitation_withdrawn"
    TEAM_JOINED = "team_joined"
    TEAM_LEFT = "team_left"
    TEAM_REMOVED = "team_removed"
    TEAM_PROMOTED = "team_promoted"
    TEAM_DEMOTED = "team_demoted"


SECURITY_KINDS: Final = frozenset(
    {NoticeKind.APP_SUSPENDED, NoticeKind.APP_DELETED, NoticeKind.ROTATION_DEMANDED, NoticeKind.ROTATION_MISSED}
)
"""Something was cut off, or soon will be: these stay in the inbox whatever is preferred, and no flood holds them back."""
EXPIRY_WARNING_DAYS: Final = (30, 7, 1)
"""How long before its expiry a credential is warned of: time to plan, time to do it, and the last moment."""
