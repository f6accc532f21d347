"""The log on PostgreSQL, the roads into it and out of it, and the questions to the read models."""
