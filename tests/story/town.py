"""Where the whole story happens: the four processes over real servers, and the people who use them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from adapters.identity.local_issuer import developer_id
from adapters.local.ports import free_port
from adapters.settings import Settings
from tests.cli.conftest import LAUNCHPAD
from tests.kafka.bus import Bus
from tests.kafka.worker_process import worker_process
from tests.kafka.world import World
from tests.notices.mail_server import Mails, text_of
from tests.own_process import ROOT, environment

SECONDS_MAX = 40
ADMINS_ADDRESS = "portal-admins@example.com"
Said = dict[str, Any]


class Person:
    """Somebody who acts over HTTP, and is told of what happens."""

    def __init__(self, name: str, client: httpx.Client, mails: Mails) -> None:
        self.id = str(developer_id(name))
        self._client, self._mails = client, mails
        self._mailbox = ADMINS_ADDRESS if name == "grace" else f"{name}@example.com"
        self._inbox = {"audience": "portal_admins"} if name == "grace" else {}

    def does(self, path: str, method: str = "POST", /, **said: object) -> Said:
        """Do something that is let through: what was answered, and the address of what was made as `at`."""
        answered = self._client.request(method, path, json=said)
        assert answered.is_success, answered.text
        return dict(answered.json()) | {"at": answered.headers.get("location", path)}

    def may_not(self, path: str, **said: object) -> str:
        """Try what is refused: with which code."""
        answered = self._client.post(path, json=said)
        assert not answered.is_success, answered.text
        return str(answered.json()["code"])

    def sees(self, path: str, after: Said | None = None, **asked: str) -> Said:
        """Look at something as it is once what was done before has arrived there."""
        position = {} if after is None else {"min_position": str(after["position"])}
        answered = self._client.get(path, params=asked | position)
        assert answered.is_success, answered.text
        return dict(answered.json())

    def sees_nothing_at(self, path: str, after: Said) -> bool:
        """Whether it is as if it did not exist."""
        return self._client.get(path, params={"min_position": str(after["position"])}).status_code == 404

    def waits_for(self, status: str, path: str, after: Said) -> Said:
        """Look until it stands so."""
        return dict(until(lambda: (seen := self.sees(path, after))["status"] == status and seen, f"{path} is {status}"))

    def is_told(self, kind: str, **about: str) -> Said:
        """Find a notice in the inbox, as soon as it comes."""

        def there() -> list[Said]:
            told = self.sees("/v1/inbox", None, **self._inbox)["items"]
            return [each for each in told if each["kind"] == kind and about.items() <= each.items()]

        return dict(until(there, f"{kind} in the inbox")[0])

    def gets_mail(self, words: str) -> None:
        """Find a mail that says so, as soon as it comes."""

        def came() -> bool:
            return any(words in f"{mail['Subject']}\n{text_of(mail)}" for mail in self._mails.to(self._mailbox))

        until(came, f"a mail: {words}")


class Town:
    """Everybody and everything that there is."""

    def __init__(self, url: str, home: Path, bus: Bus, mails: Mails, open_clients: ExitStack) -> None:
        self.world, self.bus = World(home), bus
        self._url, self._mails, self._open = url, mails, open_clients
        self.grace, self.ada, self.bob = self._person("admin:grace"), self._person("developer:ada"), self._person("developer:bob")
        self._gateway = self._client("gateway:edge")

    def a_service_sends(self, name: str, on_behalf_of: Person, because_of: str, /, **data: object) -> Said:
        """Let a service send a command over the bus, in somebody's name; its reply."""
        token = self.world.token("service:portal", may_act=[developer_id("ada")])
        return dict(self.bus.do(name, data, token, onbehalfof=on_behalf_of.id, causationid=because_of))

    def what_hinders(self, credential: Said, product: str) -> str | None:
        """Present a credential to a gateway, as its app would: why it is not let through, or nothing."""
        asked = self._gateway.post("/v1/verify", json={"credential": credential["secret"], "product_id": product})
        assert asked.status_code == 200, asked.text
        said = asked.json()
        assert said["allowed"] is (said["reason"] is None)
        return said["reason"]  # type: ignore[no-any-return]

    def _person(self, who: str) -> Person:
        return Person(who.partition(":")[2], self._client(who), self._mails)

    def _client(self, who: str) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.world.token(who)}"}
        return self._open.enter_context(httpx.Client(base_url=self._url, headers=headers, timeout=SECONDS_MAX))


@contextmanager
def town(settings: Settings, group: str, mails: Mails) -> Iterator[Town]:
    """Start `serve`, `project` and `react` as they are installed, and a worker of the bus; end them in good order."""
    address = f"127.0.0.1:{free_port()}"
    told = environment(settings) | {"LAUNCHPAD_HTTP": address}
    with ExitStack() as stack:
        worker = worker_process(settings, group)
        stack.callback(lambda: _ended(worker.terminate(), "work"))
        for name in ("serve", "project", "react"):
            log = stack.enter_context((settings.home / f"{name}.log").open("w"))
            process = subprocess.Popen([LAUNCHPAD, name], cwd=ROOT, env=told, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(_end, process, name)
        worker.begin()
        until(lambda: _answers(f"http://{address}/ready"), "HTTP is served")
        bus = Bus(settings)
        stack.callback(bus.close)
        yield Town(f"http://{address}", settings.home, bus, mails, stack)


def until(asked: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - whatever is waited for
    """Ask until there is an answer, and give it."""
    deadline = time.monotonic() + SECONDS_MAX
    while not (answer := asked()):
        assert time.monotonic() < deadline, f"not within {SECONDS_MAX} s: {what}"
        time.sleep(0.05)
    return answer


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes], name: str) -> None:
    process.terminate()
    _ended(process.wait(SECONDS_MAX), name)


def _ended(code: int, name: str) -> None:
    assert code == 0, f"{name} ended with {code}"
