"""Servers started on this machine, for those who have none: PostgreSQL from a wheel, Kafka by Maven."""
