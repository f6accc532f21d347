"""The row of dashboard.product."""

from typing import NamedTuple


class ProductRow(NamedTuple):
    """One product of the catalogue; the columns are described in 0006_dashboard.sql."""

    product_id: str
    name: str
    description: str
    category: str
    needs_approval: bool
    status: str
