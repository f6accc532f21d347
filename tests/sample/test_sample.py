"""The sample story: every line of it is accepted, and it ends with everything in every state."""

from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import orjson
import pytest

from adapters.sample.story import SampleCommand
from adapters.sample.tell import EXPIRES_SOON, in_groups, sample_commands
from adapters.settings import LOCAL_ISSUER
from commands.catalogue import CATALOGUE
from commands.command import Envelope
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.principal import Principal, Role, person, person_id
from domain.app import App, AppCreated, AppStatus
from domain.approval import ApprovalAssigned, ApprovalCommented
from domain.credential import Credential, CredentialStatus
from domain.owner import OwnerKind
from domain.state import State, Stream
from tests.memory_log import NOW, MemoryLog

S = TypeVar("S", bound=State)


def digest_of(kind: str, credential: UUID) -> str:
    return sha256(kind.encode() + credential.bytes).hexdigest()


def principal_of(sender: str) -> Principal:
    kind, _, name = sender.partition(":")
    roles = frozenset({Role.PORTAL_ADMIN}) if kind == "admin" else frozenset[Role]()
    return person(person_id(LOCAL_ISSUER, name), roles)


def envelope(told: SampleCommand) -> Envelope:
    data = orjson.dumps(told.data)
    return Envelope(told.id, told.type, CATALOGUE[told.type].command.model_validate_json(data), principal_of(told.sender), data)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def executor(log: MemoryLog) -> Executor:
    return Executor(log)


def replayed(log: MemoryLog, state: S, stream: Stream) -> S:
    """Fold what happened to one aggregate."""
    found: Any = state
    for event in log.load([stream], []).histories[stream].events:
        found = found.evolve(event)
    result: S = found
    return result


def tell(executor: Executor) -> list[Outcome]:
    return executor.execute([envelope(told) for told in sample_commands(NOW, digest_of)])


def test_every_command_of_the_story_is_accepted(executor: Executor) -> None:
    told = sample_commands(NOW, digest_of)
    outcomes = tell(executor)
    assert [
        (each.type, outcome.code) for each, outcome in zip(told, outcomes, strict=True) if outcome.kind is not OutcomeKind.ACCEPTED
    ] == []


def test_telling_it_again_changes_nothing(log: MemoryLog, executor: Executor) -> None:
    first = tell(executor)
    events = len(log.appended)
    assert tell(executor) == first
    assert len(log.appended) == events


def test_it_ends_with_apps_and_credentials_in_every_state(log: MemoryLog, executor: Executor) -> None:
    tell(executor)
    log.now = NOW + EXPIRES_SOON
    apps = {stream for stream in (each.stream for each in log.appended) if stream.startswith("app-")}
    states = Counter(replayed(log, App(), stream).status for stream in apps)
    assert {AppStatus.PENDING, AppStatus.ACTIVE, AppStatus.REJECTED, AppStatus.SUSPENDED, AppStatus.DELETED} == set(states)
    assert sum(states.values()) >= 20
    credentials = [
        replayed(log, Credential(), each.stream) for each in log.appended if each.stream.startswith("credential-") and each.version == 1
    ]
    shown = {
        CredentialStatus.EXPIRED if each.is_over(log.now) and each.status is CredentialStatus.ACTIVE else each.status
        for each in credentials
    }
    assert shown == {
        CredentialStatus.PENDING,
        CredentialStatus.ACTIVE,
        CredentialStatus.RETIRING,
        CredentialStatus.REVOKED,
        CredentialStatus.EXPIRED,
    }


def test_a_team_has_an_app_that_waits_and_an_admin_looks_after_another(log: MemoryLog, executor: Executor) -> None:
    tell(executor)
    (teams_app,) = [each.stream for each in log.appended if isinstance(each.event, AppCreated) and each.event.owner.kind is OwnerKind.TEAM]
    assert replayed(log, App(), teams_app).status is AppStatus.PENDING
    assert {ApprovalAssigned, ApprovalCommented} <= {type(each.event) for each in log.appended}


def test_in_a_group_one_sender_speaks_and_people_products_and_teams_come_before_apps() -> None:
    told = sample_commands(datetime.now(UTC), digest_of)
    groups = list(in_groups(told))
    assert [each for group in groups for each in group] == told
    assert all(len({each.sender for each in group}) == 1 for group in groups)
    before = {"developer": "people and products", "product": "people and products", "team": "teams"}
    assert all(len({before.get(each.type.partition(".")[0], "apps") for each in group}) == 1 for group in groups)
