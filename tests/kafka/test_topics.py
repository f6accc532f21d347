"""The topics: created with their settings, once, and never changed behind anybody's back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kafka.admin import ConfigResource, NewTopic

from adapters.kafka.clients import admin
from adapters.kafka.topics import COMMANDS, EVENTS, TOPICS, Found, create_topics
from adapters.settings import Settings

Admin = Any
"""kafka-python's types leave out what its admin client answers."""


@pytest.fixture
def client(settings: Settings) -> Iterator[Admin]:
    client = admin(settings)
    yield client
    client.close()


def test_topics_that_are_there_are_left_as_they_are(settings: Settings) -> None:
    again = create_topics(settings)
    assert [(each.name, each.found, each.partitions, each.differences) for each in again] == [
        (topic.name, Found.THERE, settings.kafka_partitions, ()) for topic in TOPICS
    ]


def test_a_topic_that_is_missing_is_created_with_its_settings(settings: Settings, client: Admin) -> None:
    client.delete_topics([EVENTS])
    created = {each.name: each.found for each in create_topics(settings.but(kafka_partitions=3))}
    assert created[EVENTS] is Found.CREATED
    described = client.describe_configs([ConfigResource("TOPIC", EVENTS)], config_filter="all")["topic"][EVENTS]
    wanted = {"retention.ms": "-1", "cleanup.policy": "delete", "max.message.bytes": "1048588", "min.insync.replicas": "1"}
    assert {name: described[name]["value"] for name in wanted} == wanted
    client.delete_topics([EVENTS])
    create_topics(settings)


def test_where_a_topic_differs_it_is_told_and_not_changed(settings: Settings, client: Admin) -> None:
    client.delete_topics([COMMANDS])
    client.create_topics([NewTopic(COMMANDS, 2, 1, topic_configs={"retention.ms": "1000"})], wait_for_metadata=True)
    for _ in range(2):
        told = {each.name: each for each in create_topics(settings)}[COMMANDS]
        assert told.found is Found.DIFFERS
        assert told.differences == (
            "2 partitions instead of 8",
            "retention.ms=1000 instead of 604800000",
            "compression.type=producer instead of uncompressed",
        )
    client.delete_topics([COMMANDS])
    create_topics(settings)
