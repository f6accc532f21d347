"""History is history: evolve takes whatever was stored, also what today's rules would refuse."""

from datetime import UTC
from types import UnionType
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from commands.kinds import ABSENT, KINDS
from domain import (
    app,
    app_name,
    approval,
    approval_policy,
    bulk_part,
    bulk_run,
    command_refused,
    credential,
    credential_offer,
    developer,
    notice,
    occasion,
    preferences,
    product,
    team,
    webhook,
)
from domain.app import App, AppAttributesSet, AppCreated, AppCredentialAdded, AppDetails, SubscriptionRequested
from domain.event import Event
from domain.limits import APP_ATTRIBUTES_MAX, APP_CREDENTIALS_MAX, APP_PRODUCTS_MAX
from domain.owner import Owner
from domain.personal import Personal
from domain.state import State
from domain.stored_names import EVENT_NAMES
from tests.examples import an_id
from tests.given import OLGA
from tests.memory_log import NOW

EVENTS_OF: dict[str, Any] = {
    "developer": developer.DeveloperEvent,
    "app_name": app_name.AppNameEvent,
    "product": product.ProductEvent,
    "app": app.AppEvent,
    "credential": credential.CredentialEvent,
    "credential_offer": credential_offer.CredentialOfferEvent,
    "team": team.TeamEvent,
    "approval": approval.ApprovalEvent,
    "policy": approval_policy.ApprovalPolicySet,
    "command": command_refused.CommandRefused,
    "bulk": bulk_run.BulkRunEvent,
    "bulkpart": bulk_part.BulkPartEvent,
    "occasion": occasion.OccasionNoted,
    "notice": notice.NoticeEvent,
    "preferences": preferences.PreferencesSet,
    "webhook": webhook.WebhookEvent,
}
st.register_type_strategy(Personal, st.text().map(Personal))
st.register_type_strategy(AwareDatetime, st.datetimes(timezones=st.just(UTC)))
CREATED = AppCreated(owner=Owner(id=OLGA), name="x", description="", callback_urls=(), attributes={})


def kinds_of(kind: str) -> list[type[Event]]:
    events = EVENTS_OF[kind]
    return list(get_args(events)) if isinstance(events, UnionType) else [events]


def test_every_event_has_a_stream_and_a_stored_name() -> None:
    assert {event for kind in EVENTS_OF for event in kinds_of(kind)} == EVENT_NAMES.keys()
    assert {state.KIND for state in KINDS} == EVENTS_OF.keys()
    assert all(name.startswith(f"{kind}.") for kind in EVENTS_OF for event in kinds_of(kind) for name in [EVENT_NAMES[event]])


@pytest.mark.parametrize("kind", EVENTS_OF)
@given(data=st.data())
def test_evolve_refuses_no_event_in_no_state(kind: str, data: st.DataObject) -> None:
    state: Any = ABSENT[kind]
    for event in data.draw(st.lists(st.one_of([st.from_type(each) for each in kinds_of(kind)]), max_size=8)):
        before = state
        state = state.evolve(event)
        assert type(state) is type(before)


def test_what_was_stored_under_wider_limits_is_read_for_ever() -> None:
    state = App().evolve(CREATED)
    state = state.evolve(AppAttributesSet(attributes={str(n): "x" for n in range(APP_ATTRIBUTES_MAX + 1)}))
    for n in range(APP_CREDENTIALS_MAX + 1):
        state = state.evolve(AppCredentialAdded(credential_id=an_id(f"credential {n}"), replaces=None))
    for n in range(APP_PRODUCTS_MAX + 1):
        state = state.evolve(SubscriptionRequested(product_id=an_id(f"product {n}"), approval_id=None))
    assert (len(state.attributes), len(state.credentials), len(state.subscriptions)) == (19, 11, 51)


@pytest.mark.parametrize("state", KINDS, ids=lambda state: state.KIND)
def test_states_are_frozen(state: type[State]) -> None:
    assert vars(state)["__dataclass_params__"].frozen


@pytest.mark.parametrize("event", EVENT_NAMES, ids=EVENT_NAMES.get)
def test_events_are_frozen_and_take_no_field_that_they_don_t_know(event: type[Event]) -> None:
    assert (event.model_config.get("frozen"), event.model_config.get("extra")) == (True, "forbid")


def test_limits_are_the_ones_that_were_promised() -> None:
    assert (APP_ATTRIBUTES_MAX, APP_PRODUCTS_MAX, APP_CREDENTIALS_MAX) == (18, 50, 10)


def test_the_same_history_gives_the_same_state() -> None:
    assert App().evolve(CREATED) == App().evolve(CREATED)
    assert App().evolve(CREATED).details == AppDetails("x", "", ())
    assert NOW.tzinfo is not None
