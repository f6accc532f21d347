"""After a revocation was acknowledged, no check that starts later is allowed: on any verifier, under load, whatever its clock says."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import orjson
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.intake import Request
from adapters.settings import Settings
from adapters.taking import Taker
from commands.outcome import OutcomeKind
from domain.limits import APP_CREDENTIALS_MAX
from launchpad_client.keys import make_credential
from tests.counts import Counts
from tests.http.verifiers import Gateway, Verifier, verifier

BATCH = 10
"""Revoked in one transaction, then checked."""
CHECKS_OF_EACH = 10
"""After the acknowledgement, five on each verifier."""
LOAD_THREADS = 3
PRODUCT = str(uuid4())


@pytest.fixture(scope="module")
def verifiers(settings: Settings) -> Iterator[Sequence[Verifier]]:
    """Two processes; the clock of one is an hour ahead."""
    with verifier(settings) as right, verifier(settings, clock_is_wrong=True) as ahead:
        yield right, ahead


@dataclass
class Keys:
    """API keys, each with its app, and which of them are acknowledged to be revoked."""

    of_app: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key -> app id, credential id."""
    revoked: set[str] = field(default_factory=set)


class Sender:
    """Sends commands straight to an executor, as every way in does."""

    def __init__(self, taker: Taker, settings: Settings) -> None:
        issuer = LocalIssuer(settings.home, settings.audience)
        self._taker = taker
        self.tokens = {who: f"Bearer {issuer.issue(who)}" for who in ("developer:rita", "admin:grace")}

    def send(self, who: str, *commands: tuple[str, dict[str, object]]) -> None:
        """Have all of them accepted, in one transaction."""
        requests = [Request(uuid4(), name, orjson.dumps(data), self.tokens[who]) for name, data in commands]
        outcomes = self._taker.take(requests)
        assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}, outcomes


@pytest.fixture(scope="module")
def sender(launchpad: Launchpad, settings: Settings) -> Sender:
    """A developer with rights of her own, and a product."""
    sender = Sender(launchpad.taker(), settings)
    rita = str(developer_id("rita"))
    sender.send("developer:rita", ("developer.register.v1", {"developer_id": rita, "name": "Rita", "email": "rita@example.com"}))
    sender.send("admin:grace", ("product.add.v1", {"product_id": PRODUCT, "name": "Rain", "needs_approval": False}))
    return sender


def issue(sender: Sender, count: int) -> Keys:
    """So many keys, over apps that hold as many as they may."""
    keys, owner = Keys(), {"kind": "developer", "id": str(developer_id("rita"))}
    while len(keys.of_app) < count:
        app_id = str(uuid4())
        made = [make_credential("api_key", "live", uuid4()) for _ in range(min(APP_CREDENTIALS_MAX, count - len(keys.of_app)))]
        created: dict[str, object] = {"app_id": app_id, "owner": owner, "name": f"App {app_id}", "products": [PRODUCT]}
        issued: list[tuple[str, dict[str, object]]] = [
            (
                "credential.issue.v1",
                {"app_id": app_id, "credential_id": str(UUID(hex=each.key_id)), "kind": "api_key", "secret_digest": each.digest},
            )
            for each in made
        ]
        sender.send("developer:rita", ("app.create.v1", created), *issued)
        keys.of_app |= {each.text: (app_id, str(UUID(hex=each.key_id))) for each in made}
    return keys


def revoke(sender: Sender, keys: Keys, texts: Sequence[str]) -> None:
    """Revoke them, and note it once it is acknowledged."""
    said = [dict(zip(("app_id", "credential_id"), keys.of_app[text], strict=True)) | {"reason": "leaked"} for text in texts]
    sender.send("developer:rita", *(("credential.revoke.v1", dict[str, object](each)) for each in said))
    keys.revoked.update(texts)


class Load:
    """Clients that present keys, revoked and not, to both verifiers all the time."""

    def __init__(self, verifiers: Sequence[Verifier], token: str, keys: Keys, seed: int) -> None:
        self._keys = keys
        self._texts = list(keys.of_app)
        self._over = threading.Event()
        self._late: list[str] = []
        self._counts = [0, 0]
        self._threads = [
            threading.Thread(target=self._run, args=(Gateway(verifiers[number % 2], token, PRODUCT), random.Random(f"{seed} {number}")))
            for number in range(LOAD_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> tuple[int, int, list[str]]:
        """Denied, allowed, and those that were allowed late."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self._counts[0], self._counts[1], self._late

    def _run(self, gateway: Gateway, chance: random.Random) -> None:
        while not self._over.is_set():
            text = chance.choice(self._texts)
            was_revoked = text in self._keys.revoked  # Before the check starts.
            allowed = chance.choice([gateway.verify, gateway.forward])(text)
            self._counts[allowed] += 1
            if allowed and was_revoked:
                self._late.append(text)
        gateway.close()


@pytest.mark.part_credentials
@pytest.mark.timeout(1_800)
def test_no_check_that_starts_after_a_revocation_was_acknowledged_is_allowed(
    verifiers: Sequence[Verifier], sender: Sender, settings: Settings, counts: Counts, seed: int
) -> None:
    token = LocalIssuer(settings.home, settings.audience).issue("gateway:edge")
    keys = issue(sender, counts.revocations)
    texts = list(keys.of_app)
    load = Load(verifiers, token, keys, seed)
    before = after = 0
    late: list[str] = []
    with ExitStack() as stack, ThreadPoolExecutor(len(verifiers)) as both:
        gateways = [Gateway(each, token, PRODUCT) for each in verifiers]
        for gateway in gateways:
            stack.callback(gateway.close)
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            before += sum(sum(gateway.verify_all(batch)) for gateway in gateways)
            revoke(sender, keys, batch)
            for answers in both.map(lambda gateway: checked(gateway, batch), gateways):  # noqa: B023 - used up in this turn
                after += len(answers)
                late += [text for text, allowed in answers if allowed]
    denied, allowed, late_under_load = load.stop()
    assert late == []
    assert late_under_load == []
    assert before == len(texts) * len(verifiers), "what was not revoked yet was open"
    assert after >= counts.revocations * CHECKS_OF_EACH
    assert denied > 0
    assert allowed > 0


def checked(gateway: Gateway, batch: Sequence[str]) -> list[tuple[str, bool]]:
    """Five checks of each, in three ways."""
    answers = []
    for text in batch:
        answers += [(text, gateway.verify(text)), (text, gateway.forward(text))]
    answers += list(zip(batch, gateway.verify_all(batch), strict=True))
    for text in batch:
        answers += [(text, gateway.verify(text)), (text, gateway.forward(text))]
    return answers


def test_a_verifier_that_stood_still_allows_nothing_that_was_closed_meanwhile(
    verifiers: Sequence[Verifier], sender: Sender, settings: Settings
) -> None:
    token = LocalIssuer(settings.home, settings.audience).issue("gateway:edge")
    keys = issue(sender, 3)
    texts = list(keys.of_app)
    gateway = Gateway(verifiers[0], token, PRODUCT)
    assert gateway.verify_all(texts) == [True] * 3
    verifiers[0].process.send_signal(signal.SIGSTOP)
    try:
        revoke(sender, keys, texts)
        with ThreadPoolExecutor(1) as waits:
            asked = waits.submit(gateway.verify_all, texts)  # It waits in the socket of a process that stands still.
            verifiers[0].process.send_signal(signal.SIGCONT)
            assert asked.result() == [False] * 3
    finally:
        verifiers[0].process.send_signal(signal.SIGCONT)
        gateway.close()
