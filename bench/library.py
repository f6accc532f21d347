"""The rival at work: the mix through the library, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from bench.children import settle_memory, wait_until
from bench.library_app import App, Apps
from bench.mix import CALLBACK, DESCRIPTION, PRODUCT
from bench.ours import Window

TOGETHER: Final = 100
"""Aggregates in one save, where they are saved together."""


class Library:
    """Does the mix's steps through the library, in a process of its own."""

    def __init__(self, settings: Mapping[str, str], owners: int) -> None:
        self._apps = Apps(dict(settings))
        self._owners = [uuid4() for _ in range(owners)]
        self._admin = uuid4()
        self._number = count()

    def set_up(self, apps_of_each: int) -> None:
        """Fill the database with as many apps as ours holds."""
        for number in range(apps_of_each):
            for first in range(0, len(self._owners), TOGETHER):
                self._apps.save(
                    *(App(owner, f"Held {number}", DESCRIPTION, [CALLBACK]) for owner in self._owners[first : first + TOGETHER])
                )

    def one_each(self, start: float, end: float) -> Window:
        """One aggregate loaded and saved for each command."""
        commands = self._commands()
        settle_memory()
        return _window(start, end, lambda: self._one(next(commands)))

    def together(self, start: float, end: float) -> Window:
        """A hundred aggregates loaded, moved on, and saved at once."""
        saves = self._saves()
        settle_memory()
        return _window(start, end, lambda: next(saves))

    def _one(self, command: tuple[Any, ...]) -> int:
        command[0](*command[1:])
        return 1

    def _commands(self) -> Iterator[tuple[Any, ...]]:
        apps = self._apps
        while True:
            owner = self._owners[next(self._number) % len(self._owners)]
            app_id = apps.create_app(owner, f"Fresh {next(self._number)}")
            yield (int,)  # Done already, since its id was needed.
            approval, credential, successor = uuid4(), uuid4(), uuid4()
            yield apps.add_product, app_id, PRODUCT, approval
            yield apps.decide_approval, app_id, approval, PRODUCT, self._admin
            yield apps.issue_credential, app_id, credential, f"{credential.int:064x}"
            yield apps.rotate_credential, app_id, credential, successor, f"{successor.int:064x}"

    def _saves(self) -> Iterator[int]:
        while True:
            owners = [self._owners[next(self._number) % len(self._owners)] for _ in range(TOGETHER)]
            apps = [App(owner, f"Fresh {next(self._number)}", DESCRIPTION, [CALLBACK]) for owner in owners]
            ids = [(app.id, uuid4(), uuid4(), uuid4()) for app in apps]
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, approval, _, _) in zip(apps, ids, strict=True):
                app.add_product(PRODUCT, approval)
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, approval, _, _) in zip(apps, ids, strict=True):
                app.decide_approval(approval, PRODUCT, "granted", self._admin)
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, _, credential, _) in zip(apps, ids, strict=True):
                app.issue_credential(credential, "api_key", f"{credential.int:064x}")
            yield self._save(apps)
            apps = self._load(ids)
            for app, (_, _, credential, successor) in zip(apps, ids, strict=True):
                app.rotate_credential(credential, successor, f"{successor.int:064x}")
            yield self._save(apps)

    def _load(self, ids: list[tuple[UUID, UUID, UUID, UUID]]) -> list[App]:
        return [self._apps.repository.get(app_id) for app_id, *_ in ids]

    def _save(self, apps: list[App]) -> int:
        self._apps.save(*apps)
        return len(apps)

    def close(self) -> None:
        """Give back its connections."""
        self._apps.close()


def _window(start: float, end: float, work: Any) -> Window:  # noqa: ANN401 - a function that says how much it did
    wait_until(start)
    done = 0
    begun = now = time.perf_counter()
    while now - begun < end - start:
        done += work()
        now = time.perf_counter()
    return Window(done, now - begun)
