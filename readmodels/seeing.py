"""Whose apps somebody sees: his own, and those of the teams that he belongs to."""

from __future__ import annotations

from typing import Final, LiteralString

SEES_APP: Final[LiteralString] = """(
    %(seen_by)s::uuid IS NULL OR (owner_kind, owner_id) IN (
        SELECT 'developer', %(seen_by)s::uuid
        UNION ALL
        SELECT 'team', team_id FROM dashboard.team_member WHERE developer_id = %(seen_by)s::uuid AND joined_at IS NOT NULL
    )
)"""
"""A condition on an app's owner; `seen_by` is null for those who see all apps."""
