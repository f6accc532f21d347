"""A credential as the access check knows it, at once: what an edge that made a secret looks at before it shows it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from readmodels.access import CredentialAccess
from readmodels.question import Question


def kept_credential(app_id: UUID, credential_id: UUID) -> Question[CredentialAccess]:
    """Look up one credential of that app, in the rows that were written with its events."""
    return Question(_KEPT, CredentialAccess, {"app_id": app_id, "credential_id": credential_id})


_KEPT: Final = """
SELECT credential_id, app_id, kind, digest, client_id, status, expires_at, retires_at, cut_off_at
FROM access.credential
WHERE credential_id = %(credential_id)s AND app_id = %(app_id)s
"""
