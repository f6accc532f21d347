"""An app: a developer's program that calls our APIs, with its subscriptions, the credentials it holds and its open approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, NamedTuple, assert_never
from uuid import UUID

from domain.event import Event
from domain.limits import APP_ATTRIBUTES_MAX, APP_CREDENTIALS_MAX, APP_PRODUCTS_MAX
from domain.owner import Owner
from domain.refused import Refused
from domain.state import State


class AppCreated(Event):
    owner: Owner
    name: str
    description: str
    callback_urls: tuple[str, ...]
    attributes: dict[str, str]


class AppEdited(Event):
    name: str
    description: str
    callback_urls: tuple[str, ...]


class AppAttributesSet(Event):
    attributes: dict[str, str]


class AppAttributesRemoved(Event):
    names: tuple[str, ...]


class SubscriptionRequested(Event):
    """`approval_id` names the approval that it went into; none where the product needs no approval."""

    product_id: UUID
    approval_id: UUID | None


class SubscriptionApproved(Event):
    product_id: UUID


class SubscriptionRejected(Event):
    product_id: UUID
    reason: str


class SubscriptionReturned(Event):
    """The app changed, and the policy no longer approves it: closed until decided, in the approval named."""

    product_id: UUID
    approval_id: UUID


class SubscriptionRemoved(Event):
    product_id: UUID


class AppApproved(Event):
    pass


class AppRejected(Event):
    pass


class AppResubmitted(Event):
    pass


class AppSuspended(Event):
    reason: str


class AppReinstated(Event):
    pass


class AppDeleted(Event):
    reason: str | None


class AppTransferOffered(Event):
    """The app shall have another owner, once that one accepts."""

    to: Owner


class AppTransferWithdrawn(Event):
    pass


class AppTransferDeclined(Event):
    pass


class AppTransferred(Event):
    """From here on it is this owner's, with its history and its credentials."""

    owner: Owner


class AppCredentialAdded(Event):
    credential_id: UUID
    replaces: UUID | None


class AppCredentialClosed(Event):
    credential_id: UUID


AppEvent = (
    AppCreated
    | AppEdited
    | AppAttributesSet
    | AppAttributesRemoved
    | SubscriptionRequested
    | SubscriptionApproved
    | SubscriptionRejected
    | SubscriptionReturned
    | SubscriptionRemoved
    | AppApproved
    | AppRejected
    | AppResubmitted
    | AppSuspended
    | AppReinstated
    | AppDeleted
    | AppTransferOffered
    | AppTransferWithdrawn
    | AppTransferDeclined
    | AppTransferred
    | AppCredentialAdded
    | AppCredentialClosed
)


class AppStatus(StrEnum):
    """Where an app stands."""

    ABSENT = "absent"
    PENDING = "pending"
    ACTIVE = "active"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class SubscriptionStatus(StrEnum):
    """Where a subscription stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REMOVED = "removed"


class Subscription(NamedTuple):
    """One product of the app, and the approval it last went into."""

    status: SubscriptionStatus
    approval_id: UUID | None


NEVER_ASKED_FOR = Subscription(SubscriptionStatus.REMOVED, approval_id=None)


class Held(StrEnum):
    """How the app holds a credential. Closed ones stay known: they are this app's, and no other's, for ever."""

    LIVE = "live"
    REPLACED = "replaced"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AppDetails:
    """What a developer says of an app, and may edit."""

    name: str = ""
    description: str = ""
    callback_urls: tuple[str, ...] = ()


PENDING, ACTIVE, REJECTED, SUSPENDED = AppStatus.PENDING, AppStatus.ACTIVE, AppStatus.REJECTED, AppStatus.SUSPENDED
LIVING = frozenset({PENDING, ACTIVE, REJECTED, SUSPENDED})
STANDING = frozenset({SubscriptionStatus.PENDING, SubscriptionStatus.APPROVED})


@dataclass(frozen=True)
class App(State):
    """What past events make true of an app, kept only as far as decisions need it."""

    KIND: ClassVar[str] = "app"

    status: AppStatus = AppStatus.ABSENT
    owner: Owner | None = None
    details: AppDetails = AppDetails()
    attributes: Mapping[str, str] = field(default_factory=dict)
    subscriptions: Mapping[UUID, Subscription] = field(default_factory=dict)
    credentials: Mapping[UUID, Held] = field(default_factory=dict)
    approvals: frozenset[UUID] = frozenset()
    rejections: int = 0
    offered_to: Owner | None = None
    """Who may accept the app as his own; none: nobody was asked."""

    def must_be(self, *allowed: AppStatus) -> None:
        """Refuse what the app's status does not allow, as `app_<status>`."""
        if self.status is AppStatus.ABSENT:
            raise Refused("app_unknown", "there is no app with this id")
        if self.status not in allowed:
            raise Refused(f"app_{self.status}", f"the app is {self.status}; this needs it to be {' or '.join(allowed)}")

    @property
    def owned_by(self) -> Owner:
        """The owner of an app that exists."""
        if self.owner is None:
            raise Refused("app_unknown", "there is no app with this id")
        return self.owner

    @property
    def open_approval(self) -> UUID | None:
        """The approval that this app's waiting products are in: open as long as one waits."""
        for subscription in self.subscriptions.values():
            if subscription.status is SubscriptionStatus.PENDING:
                return subscription.approval_id
        return None

    def products(self, status: SubscriptionStatus) -> list[UUID]:
        """The products whose subscription stands so."""
        return [product_id for product_id, each in self.subscriptions.items() if each.status is status]

    def create(self, owner: Owner, details: AppDetails, attributes: Mapping[str, str], products: Iterable[UUID]) -> list[AppEvent]:
        if self.status is AppStatus.ABSENT:
            _check_attributes(attributes)
            created = AppCreated(
                owner=owner,
                name=details.name,
                description=details.description,
                callback_urls=details.callback_urls,
                attributes=dict(attributes),
            )
            return [created]
        same = (self.owner, self.details, self.attributes) == (owner, details, attributes)
        if same and self.status is not AppStatus.DELETED and all(map(self.has_asked_for, products)):
            return []
        raise Refused("id_used", "this id belongs to an earlier app; ids are never used again")

    def edit(self, details: AppDetails) -> list[AppEvent]:
        self.must_be(*LIVING)
        if details == self.details:
            return []
        return [AppEdited(name=details.name, description=details.description, callback_urls=details.callback_urls)]

    def set_attributes(self, attributes: Mapping[str, str]) -> list[AppEvent]:
        self.must_be(*LIVING)
        changed = {name: value for name, value in attributes.items() if self.attributes.get(name) != value}
        if not changed:
            return []
        _check_attributes({**self.attributes, **changed})
        return [AppAttributesSet(attributes=changed)]

    def remove_attributes(self, names: Iterable[str]) -> list[AppEvent]:
        self.must_be(*LIVING)
        present = tuple(sorted(set(names) & self.attributes.keys()))
        return [AppAttributesRemoved(names=present)] if present else []

    def request(self, product_id: UUID, approval_id: UUID | None) -> list[AppEvent]:
        """Ask for a product that is not subscribed to."""
        self.must_have_room_for(1)
        return [SubscriptionRequested(product_id=product_id, approval_id=approval_id)]

    def must_have_room_for(self, more: int) -> None:
        """Refuse so many more products where they would be too many, whatever becomes of each."""
        if sum(each.status in STANDING for each in self.subscriptions.values()) + more > APP_PRODUCTS_MAX:
            raise Refused("too_many_products", f"an app has at most {APP_PRODUCTS_MAX} products; remove one first")

    def has_asked_for(self, product_id: UUID) -> bool:
        """Whether the product is subscribed to, or waits."""
        subscription = self.subscriptions.get(product_id)
        return subscription is not None and subscription.status in STANDING

    def return_to_review(self, product_id: UUID, approval_id: UUID) -> list[AppEvent]:
        """Close an approved product until it is decided anew; an active app stays active, even with nothing else."""
        return [SubscriptionReturned(product_id=product_id, approval_id=approval_id)]

    def remove_product(self, product_id: UUID) -> list[AppEvent]:
        self.must_be(*LIVING)
        subscription = self.subscriptions.get(product_id)
        if subscription is None:
            raise Refused("product_not_subscribed", "the app never asked for one of these products")
        return [] if subscription.status is SubscriptionStatus.REMOVED else [SubscriptionRemoved(product_id=product_id)]

    def settle(self) -> list[AppEvent]:
        """Draw the consequence for a pending app: active with the first approved product, rejected when nothing waits any more."""
        if self.status is not PENDING:
            return []
        statuses = {each.status for each in self.subscriptions.values()}
        if SubscriptionStatus.APPROVED in statuses:
            return [AppApproved()]
        return [] if SubscriptionStatus.PENDING in statuses else [AppRejected()]

    def resubmit(self) -> list[AppEvent]:
        self.must_be(REJECTED)
        return [AppResubmitted()]

    def suspend(self, reason: str) -> list[AppEvent]:
        if self.status is SUSPENDED:
            return []
        self.must_be(ACTIVE)
        return [AppSuspended(reason=reason)]

    def reinstate(self) -> list[AppEvent]:
        if self.status is ACTIVE:
            return []
        self.must_be(SUSPENDED)
        return [AppReinstated()]

    def delete(self, reason: str | None) -> list[AppEvent]:
        if self.status is AppStatus.DELETED:
            return []
        self.must_be(*LIVING)
        return [AppDeleted(reason=reason)]

    def offer_transfer(self, to: Owner) -> list[AppEvent]:
        """Ask another owner to take it; a later offer takes the place of an open one."""
        self.must_be(*LIVING)
        if to == self.owner:
            raise Refused("already_owner", "the app is this owner's already")
        return [] if to == self.offered_to else [AppTransferOffered(to=to)]

    def withdraw_transfer(self) -> list[AppEvent]:
        self.must_be(*LIVING)
        return [] if self.offered_to is None else [AppTransferWithdrawn()]

    def decline_transfer(self, to: Owner) -> list[AppEvent]:
        self.must_be(*LIVING)
        return [AppTransferDeclined()] if self.offered_to == to else []

    def accept_transfer(self, to: Owner) -> list[AppEvent]:
        """Go over to an owner whom it was offered to."""
        self.must_be(*LIVING)
        if to == self.owner:
            return []
        if to != self.offered_to:
            raise Refused("not_offered", "the app is not offered to this owner, or not any more")
        return self.transfer(to)

    def transfer(self, to: Owner) -> list[AppEvent]:
        """Go over to another owner, whoever was asked."""
        self.must_be(*LIVING)
        return [] if to == self.owner else [AppTransferred(owner=to)]

    def add_credential(self, credential_id: UUID) -> list[AppEvent]:
        """Note a new credential; replaced and closed ones don't count against the limit."""
        if credential_id in self.credentials:
            return []
        if sum(held is Held.LIVE for held in self.credentials.values()) >= APP_CREDENTIALS_MAX:
            raise Refused("too_many_credentials", f"an app has at most {APP_CREDENTIALS_MAX} live credentials; revoke one first")
        return [AppCredentialAdded(credential_id=credential_id, replaces=None)]

    def replace_credential(self, credential_id: UUID, successor_id: UUID) -> list[AppEvent]:
        """Note a successor, which takes the old one's place under the limit."""
        self.must_know_credential(credential_id)
        return [] if successor_id in self.credentials else [AppCredentialAdded(credential_id=successor_id, replaces=credential_id)]

    def close_credential(self, credential_id: UUID) -> list[AppEvent]:
        return [] if self.credentials[credential_id] is Held.CLOSED else [AppCredentialClosed(credential_id=credential_id)]

    def held_credentials(self) -> list[UUID]:
        """The credentials that are not closed."""
        return [credential_id for credential_id, held in self.credentials.items() if held is not Held.CLOSED]

    def must_know_credential(self, credential_id: UUID) -> None:
        """Refuse a credential that never was this app's."""
        if credential_id not in self.credentials:
            raise Refused("credential_unknown", "the app has no credential with this id")

    def must_know_approval(self, approval_id: UUID) -> None:
        """Refuse an approval that never was this app's."""
        if approval_id not in self.approvals:
            raise Refused("approval_unknown", "the app has no approval with this id")

    def evolve(self, event: AppEvent) -> App:
        """History is never refused: no rule may be checked here."""
        match event:
            case AppCreated(owner=owner, name=name, description=description, callback_urls=urls, attributes=attributes):
                return App(PENDING, owner, AppDetails(name, description, urls), attributes)
            case AppEdited(name=name, description=description, callback_urls=urls):
                return self.but(details=AppDetails(name, description, urls))
            case AppAttributesSet(attributes=attributes):
                return self.but(attributes={**self.attributes, **attributes})
            case AppAttributesRemoved(names=names):
                return self.but(attributes={name: value for name, value in self.attributes.items() if name not in names})
            case (
                SubscriptionRequested(product_id=product_id, approval_id=approval_id)
                | SubscriptionReturned(product_id=product_id, approval_id=approval_id)
            ):
                approvals = self.approvals if approval_id is None else self.approvals | {approval_id}
                subscription = Subscription(SubscriptionStatus.PENDING, approval_id)
                return self.but(subscriptions={**self.subscriptions, product_id: subscription}, approvals=approvals)
            case SubscriptionApproved(product_id=product_id):
                return self.but(subscriptions=self._with(product_id, SubscriptionStatus.APPROVED))
            case SubscriptionRejected(product_id=product_id):
                rejected = self._with(product_id, SubscriptionStatus.REJECTED)
                return self.but(subscriptions=rejected, rejections=self.rejections + 1)
            case SubscriptionRemoved(product_id=product_id):
                return self.but(subscriptions=self._with(product_id, SubscriptionStatus.REMOVED))
            case AppApproved() | AppReinstated():
                return self.but(status=ACTIVE)
            case AppRejected():
                return self.but(status=REJECTED)
            case AppResubmitted():
                return self.but(status=PENDING)
            case AppSuspended():
                return self.but(status=SUSPENDED)
            case AppDeleted():
                return self.but(status=AppStatus.DELETED)
            case AppTransferOffered(to=to):
                return self.but(offered_to=to)
            case AppTransferWithdrawn() | AppTransferDeclined():
                return self.but(offered_to=None)
            case AppTransferred(owner=owner):
                return self.but(owner=owner, offered_to=None)
            case AppCredentialAdded(credential_id=credential_id, replaces=replaces):
                replaced = {} if replaces is None else {replaces: Held.REPLACED}
                return self.but(credentials={**self.credentials, **replaced, credential_id: Held.LIVE})
            case AppCredentialClosed(credential_id=credential_id):
                return self.but(credentials={**self.credentials, credential_id: Held.CLOSED})
        assert_never(event)

    def _with(self, product_id: UUID, status: SubscriptionStatus) -> Mapping[UUID, Subscription]:
        subscription = self.subscriptions.get(product_id, NEVER_ASKED_FOR)
        return {**self.subscriptions, product_id: subscription._replace(status=status)}


def _check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > APP_ATTRIBUTES_MAX:
        raise Refused("too_many_attributes", f"an app has at most {APP_ATTRIBUTES_MAX} attributes; remove one first")
