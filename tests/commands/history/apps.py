"""Apps: what histories do with them."""

from __future__ import annotations

from commands.add_products import AddProducts
from commands.create_app import CreateApp
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.principal import SYSTEM
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from tests.commands.history.choosing import (
    ANY_APP,
    APPS,
    BULK,
    NAMES,
    PRODUCTS,
    SOMEONE,
    TEAMS,
    Pick,
    one_in,
    owner_of,
    some,
    step,
)
from tests.commands.history.sending import Sending
from tests.commands.model_of.world import TheApp
from tests.examples import an_id
from tests.given import OLGA

CALLBACKS = [
    None,
    (),
    ("https://a.example.com/",),
    ("https://a.example.com/other",),
    ("https://a.example.com/", "https://b.example.net/"),
    ("https://b.example.net/",),
]


class Apps(Sending):
    """Steps."""

    @step
    def create(self, pick: Pick) -> None:
        owner, asked = pick([OLGA, OLGA, an_id("otto"), an_id("nobody"), *TEAMS]), pick([(), some(pick, PRODUCTS)])
        app = TheApp(owner, [], {})
        free = [each for each in APPS if each not in self.model.world.apps]
        app_id = pick([*free, *free, *APPS])
        known = self.model.world.apps.get(app_id, app)
        command = CreateApp(app_id=app_id, owner=owner_of(owner), name=pick(NAMES), products=asked)
        if known.details and one_in(2, pick):  # The same again, with products that may stand no more.
            command = CreateApp(
                app_id=app_id,
                owner=owner_of(known.owner),
                name=known.details[0],
                description=known.details[1],
                attributes=known.attributes,
                products=some(pick, [*known.subscriptions]) if known.subscriptions and one_in(2, pick) else (),
            )
        self.send(command, pick(SOMEONE))

    @step
    def edit(self, pick: Pick) -> None:
        command = EditApp(app_id=pick(ANY_APP), name=pick([None, *NAMES]), description=pick([None, "", "new"]))
        if one_in(2, pick):
            attributes = pick([None, {name: pick(["x", "y", None]) for name in some(pick, "abc", 2)}])
            command = EditApp(app_id=pick(ANY_APP), callback_urls=pick(CALLBACKS), attributes=attributes)
        self.send(command, pick(SOMEONE))

    @step
    def set_attributes(self, pick: Pick) -> None:
        filling = {str(n): "x" for n in range(16)} if one_in(4, pick) else {}
        named = {name: pick("xy") for name in some(pick, "abc", 2)}
        self.send(SetAttributes(app_id=pick(ANY_APP), attributes={**filling, **named}), pick(SOMEONE))

    @step
    def remove_attributes(self, pick: Pick) -> None:
        self.send(RemoveAttributes(app_id=pick(ANY_APP), names=some(pick, "abc01")), pick(SOMEONE))

    @step
    def add_products(self, pick: Pick) -> None:
        asked = tuple(BULK) if one_in(6, pick) else some(pick, PRODUCTS)
        self.send(AddProducts(app_id=pick(ANY_APP), products=asked), pick(SOMEONE))

    @step
    def remove_products(self, pick: Pick) -> None:
        app_id = pick(ANY_APP)
        app = self.model.world.apps.get(app_id)
        known = [] if app is None else [*app.standing("pending") * 3, *app.standing("pending", "approved", "rejected")]
        self.send(RemoveProducts(app_id=app_id, products=some(pick, [*known, pick(PRODUCTS)], 2)), pick(SOMEONE))

    @step
    def resubmit(self, pick: Pick) -> None:
        self.send(ResubmitApp(app_id=pick(ANY_APP), products=pick([(), some(pick, PRODUCTS)])), pick(SOMEONE))

    @step
    def suspend(self, pick: Pick) -> None:
        self.send(SuspendApp(app_id=pick(ANY_APP), reason="abuse"), pick([*SOMEONE, *[(SYSTEM, None)] * 10]))

    @step
    def reinstate(self, pick: Pick) -> None:
        suspended = [id_ for id_, app in self.model.world.apps.items() if app.status == "suspended"]
        self.send(ReinstateApp(app_id=pick([*suspended * 3, *ANY_APP])), pick(SOMEONE))

    @step
    def delete(self, pick: Pick) -> None:
        if one_in(4, pick):
            self.send(DeleteApp(app_id=pick(ANY_APP)), pick(SOMEONE))
