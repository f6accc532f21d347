"""Products on the dashboard: the catalogue."""

from domain.event import Event
from domain.product import ProductAdded, ProductChanged, ProductEvent, ProductRetired, ProductStatus
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.dashboard_product import ProductRow


def keys(recorded: Recorded[ProductEvent]) -> tuple[str]:
    return (recorded.id_text,)


def fold(row: ProductRow | None, recorded: Recorded[ProductEvent]) -> ProductRow:
    match row, recorded.event:
        case None, ProductAdded(name=name, description=description, category=category, needs_approval=needs_approval):
            return ProductRow(recorded.id_text, name, description, category, needs_approval, ProductStatus.OFFERED)
        case ProductRow(), ProductChanged(name=name, description=description, category=category, needs_approval=needs_approval):
            return row._replace(name=name, description=description, category=category, needs_approval=needs_approval)
        case ProductRow(), ProductRetired():
            return row._replace(status=ProductStatus.RETIRED)
        case _:
            raise OutOfPlace(row, recorded)


EVENTS: frozenset[type[Event]] = frozenset({ProductAdded, ProductChanged, ProductRetired})

product = Projection(name="product", row=ProductRow, events=EVENTS, keys=keys, fold=fold)
