"""The kinds of stream, and what each is before its first event."""

from domain.app import App
from domain.app_name import AppName
from domain.approval import Approval
from domain.approval_policy import ApprovalPolicy
from domain.bulk_part import BulkPart
from domain.bulk_run import BulkRun
from domain.command_refused import RefusedCommand
from domain.credential import Credential
from domain.credential_offer import CredentialOffer
from domain.developer import Developer
from domain.notice import Notice
from domain.occasion import Occasion
from domain.preferences import Preferences
from domain.product import Product
from domain.state import State, Stream
from domain.team import Team
from domain.webhook import Webhooks

KINDS: tuple[type[State], ...] = (
    Developer,
    Team,
    AppName,
    Product,
    App,
    Credential,
    CredentialOffer,
    Approval,
    ApprovalPolicy,
    RefusedCommand,
    BulkRun,
    BulkPart,
    Occasion,
    Notice,
    Preferences,
    Webhooks,
)

ABSENT: dict[str, State] = {kind.KIND: kind() for kind in KINDS}


def absent(stream: Stream) -> State:
    """Return the state of what does not exist yet, by the kind that the stream's name begins with."""
    return ABSENT[stream.partition("-")[0]]
