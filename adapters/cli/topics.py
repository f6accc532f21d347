"""`launchpad topics`: create the topics of the bus."""

from __future__ import annotations


def topics() -> None:
    """Create the topics that are missing, with their settings; those that are there stay as they are and are compared.

    Needs LAUNCHPAD_KAFKA; LAUNCHPAD_KAFKA_PARTITIONS and LAUNCHPAD_KAFKA_REPLICATION say how they are made.

    \b
    LAUNCHPAD_KAFKA=localhost:9092 launchpad topics
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from adapters.cli.here import settings_here
    from adapters.cli.told import MISUSED, Told
    from adapters.kafka.topics import create_topics

    settings = settings_here()
    if not settings.kafka:
        raise Told("LAUNCHPAD_KAFKA is not set: give the bus's servers as host:port", code=MISUSED)
    table = Table("Topic", "Is", "Partitions", "Differs in", box=box.SIMPLE_HEAD, pad_edge=False)
    for topic in create_topics(settings):
        table.add_row(topic.name, topic.found.value, str(topic.partitions), "\n".join(topic.differences))
    Console().print(table)
