"""Servers started on this machine, for those who have none: PostgreSQL from a wheel, Kafka by Maven."""


class LocalServerError(Exception):
    """A server could not be started or stopped; the sentence says why and what to do."""
