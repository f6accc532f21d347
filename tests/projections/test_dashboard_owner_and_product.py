"""What the dashboard says of owners and products, told as examples."""

from types import ModuleType

import pytest

from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.deactivate_developer import DeactivateDeveloper
from commands.retire_product import RetireProduct
from domain.developer import DeveloperDeactivated
from domain.event import Event
from domain.product import ProductRetired
from projections import dashboard_owner, dashboard_product
from projections.dashboard import DASHBOARD
from projections.dashboard_owner import owner
from projections.dashboard_product import product
from projections.projection import OutOfPlace
from readmodels.dashboard_owner import OwnerRow
from readmodels.dashboard_product import ProductRow
from tests.examples import FREE, register
from tests.examples import product as add
from tests.given import OLGA, given
from tests.projections.folded import only_row, recorded, rows


def test_a_registered_developer_is_an_owner_with_a_name_and_no_address() -> None:
    row = only_row(owner, given(register(OLGA)))
    assert row == OwnerRow("developer", str(OLGA), "Olga Example", "registered")
    assert "@" not in "".join(row)


def test_an_owner_is_shown_by_the_name_he_has_now_and_stays_when_deactivated() -> None:
    there = given(
        register(OLGA), ChangeDeveloper(developer_id=OLGA, name="Olga Newname"), DeactivateDeveloper(developer_id=OLGA, reason="left")
    )
    assert only_row(owner, there) == OwnerRow("developer", str(OLGA), "Olga Newname", "deactivated")


def test_a_name_is_hidden_in_what_may_be_logged() -> None:
    assert "Olga" not in repr(only_row(owner, given(register(OLGA))))


def test_a_product_shows_what_it_is_now_and_that_it_was_retired() -> None:
    there = given(add(FREE, needs_approval=False))
    assert only_row(product, there) == ProductRow(str(FREE), "Payments", "", "money", needs_approval=False, status="offered")
    there = given(
        add(FREE, needs_approval=False),
        ChangeProduct(product_id=FREE, name="Pay", needs_approval=True),
        RetireProduct(product_id=FREE, reason="replaced"),
    )
    assert only_row(product, there) == ProductRow(str(FREE), "Pay", "", "money", needs_approval=True, status="retired")


@pytest.mark.parametrize(("module", "event"), [(dashboard_owner, DeveloperDeactivated), (dashboard_product, ProductRetired)])
def test_the_end_of_what_never_began_is_out_of_place(module: ModuleType, event: type[Event]) -> None:
    there = given(
        register(OLGA),
        add(FREE, needs_approval=False),
        DeactivateDeveloper(developer_id=OLGA, reason="left"),
        RetireProduct(product_id=FREE, reason="old"),
    )
    end = next(each for each in recorded(there.log.appended) if isinstance(each.event, event))
    with pytest.raises(OutOfPlace):
        module.fold(None, end)


def test_the_rows_of_a_whole_story_are_found_by_their_keys() -> None:
    there = given(register(OLGA), add(FREE, needs_approval=False))
    for projection in DASHBOARD.projections:
        for key, row in rows(projection, recorded(there.log.appended)).items():
            assert key in (row[0], row[:2])
