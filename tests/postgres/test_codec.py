"""Events as bytes: sealed where they are about a person, and nowhere else."""

from uuid import uuid4

import pytest
from pydantic import BaseModel

from adapters.postgres.codec import PERSONAL_EVENTS, EventCodec, WithoutKeys, is_personal
from adapters.vault import Vault
from domain.app import AppApproved, AppSuspended
from domain.developer import Developer, DeveloperChanged, DeveloperDeactivated, DeveloperRegistered
from domain.event import Event
from domain.personal import Personal
from domain.stored_names import EVENT_NAMES

REGISTERED = DeveloperRegistered(name=Personal("Ada Lovelace"), email=Personal("ada@example.com"))


class Contact(BaseModel):
    names: tuple[Personal | None, ...]


class Letter(BaseModel):
    to: list[Contact] | None
    subject: str


def test_the_models_themselves_say_what_is_personal() -> None:
    assert {DeveloperRegistered, DeveloperChanged} == PERSONAL_EVENTS
    assert is_personal(Letter)
    assert not is_personal(DeveloperDeactivated)


def test_personal_data_are_sealed_for_the_person_whose_stream_it_is(vault: Vault) -> None:
    codec, stream = EventCodec(vault.personal_data), Developer.at(uuid4())
    topic, state = codec.encode(stream, REGISTERED)
    assert b"Ada" not in state
    assert b"example" not in state
    assert codec.decode(stream, topic, state) == REGISTERED


def test_what_was_sealed_for_one_opens_for_nobody_else(vault: Vault) -> None:
    codec, one, other = EventCodec(vault.personal_data), Developer.at(uuid4()), Developer.at(uuid4())
    topic, state = codec.encode(one, REGISTERED)
    codec.encode(other, REGISTERED)
    with pytest.raises(Exception, match="sealed for another person"):
        codec.decode(other, topic, state)


def test_personal_data_outside_of_a_persons_stream_are_a_mistake(vault: Vault) -> None:
    with pytest.raises(ValueError, match="personal data may stand in a person's own stream only, not in app-1"):
        EventCodec(vault.personal_data).encode("app-1", REGISTERED)


def test_who_has_no_keys_reads_all_but_personal_data(vault: Vault) -> None:
    stream = Developer.at(uuid4())
    topic, state = EventCodec(vault.personal_data).encode(stream, REGISTERED)
    codec = EventCodec(WithoutKeys())
    assert codec.decode("app-1", *codec.encode("app-1", AppSuspended(reason="late"))) == AppSuspended(reason="late")
    with pytest.raises(LookupError, match="no keys were given"):
        codec.decode(stream, topic, state)


def test_an_event_without_fields_is_one_and_the_same_object() -> None:
    codec = EventCodec(WithoutKeys())
    assert codec.encode("app-1", AppApproved()) == ("app.approved.v1", b"{}")
    assert codec.decode("app-1", "app.approved.v1", b"{}") is codec.decode("app-2", "app.approved.v1", b"{}")


def test_what_does_not_fit_its_type_is_not_read() -> None:
    codec = EventCodec(WithoutKeys())
    for state in (b'{"reason":7}', b"{}", b'{"reason":"late","more":1}', b"nonsense", b""):
        with pytest.raises(ValueError, match="AppSuspended"):
            codec.decode("app-1", "app.suspended.v1", state)
    with pytest.raises(ValueError, match="AppApproved"):
        codec.decode("app-1", "app.approved.v1", b'{"more":1}')


@pytest.mark.parametrize("event", EVENT_NAMES, ids=lambda event: event.__name__)
def test_an_event_that_can_not_be_read_shows_nothing_of_itself(event: type[Event]) -> None:
    """Errors end up in logs."""
    with pytest.raises(ValueError, match="validation error") as error:
        event.model_validate_json('{"nobody": "may see this"}')
    assert "may see this" not in str(error.value)
