"""A credential as the access check knows it, at once: what an edge that made a secret looks at before it shows it."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from readmodels.access import CredentialAccess
from readmodels.question import Question


class ApprovedProduct(NamedTuple):
    """A product that an app's credentials open."""

    product_id: UUID


def kept_credential(app_id: UUID, credential_id: UUID) -> Question[CredentialAccess]:
    """Look up one credential of that app, in the rows that were written with its events."""
    return Question(_KEPT, CredentialAccess, {"app_id": app_id, "credential_id": credential_id})


def approved_products(app_id: UUID) -> Question[ApprovedProduct]:
    """List the products that the app may use now."""
    return Question(_APPROVED, ApprovedProduct, {"app_id": app_id})


_KEPT: Final = """
SELECT credential_id, app_id, kind, digest, client_id, status, expires_at, retires_at, cut_off_at
FROM access.credential
WHERE credential_id = %(credential_id)s AND app_id = %(app_id)s
"""
_APPROVED: Final = """
SELECT product_id FROM access.subscription WHERE app_id = %(app_id)s AND status = 'approved' ORDER BY product_id
"""
