"""Access: what a gateway may be told. Folded inline, before each append, so that no acknowledged revocation is ever late.

Each row follows from the events of one stream alone, so whoever holds the stream's version holds the right row as well.
"""

from typing import Final

from projections.access_app import access_app
from projections.access_credential import access_credential
from projections.access_product import access_product
from projections.access_subscription import access_subscription
from projections.projection import ReadModel

ACCESS_VERSION: Final = 3
"""Raise it with any change of these folds: `launchpad migrate` then rebuilds the rows, and workers with the old folds are refused."""

access = ReadModel("access", ACCESS_VERSION, (access_app, access_subscription, access_credential, access_product))
