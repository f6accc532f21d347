"""Whom an honest token proves, for how long, and what the cache may remember."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import ECKey

from adapters.identity import verifier as verifier_module
from adapters.identity.jwks import REFRESH_SECONDS, RETRY_SECONDS, STALE_SECONDS
from adapters.identity.not_authenticated import NotAuthenticated
from commands.principal import EVERYONE, PrincipalKind, Role, person_id
from tests.identity.issuer import AUDIENCE, EC, ISSUER, NOW, RSA, Publisher, token, verifier

DEVELOPER = uuid4()
NEW = ECKey.generate_key("P-256", {"kid": "new"})


def code(ours: Any, text: str, now: float = NOW) -> str:  # noqa: ANN401 - a verifier
    with pytest.raises(NotAuthenticated) as refused:
        ours.verify(text, now)
    return refused.value.code


def eventually(holds: Any) -> None:  # noqa: ANN401 - a question
    """Wait for a refresh in the background."""
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline, "the keys were not refreshed"
        time.sleep(0.005)


def test_a_person_is_known_by_issuer_and_subject() -> None:
    ada = verifier().verify(token(roles=["portal_admin", "a-role-of-another-system"]), NOW)
    assert ada.kind is PrincipalKind.PERSON
    assert ada.person_id == person_id(ISSUER, "ada")
    assert ada.text == f"person:{ada.person_id}"
    assert ada.roles == {Role.PORTAL_ADMIN}
    assert "ada" not in repr(ada)


def test_ids_of_persons_never_change() -> None:
    assert person_id("launchpad-local", "ada") == UUID("a0e81782-fa6e-5f40-838a-46760d7e5a1f")


def test_a_person_acts_for_himself_alone() -> None:
    ada = verifier().verify(token(may_act=[str(DEVELOPER)]), NOW)
    assert not ada.may_act_for(DEVELOPER)


def test_a_service_holds_what_its_token_lists_and_acts_for_whom_it_names() -> None:
    billing = verifier().verify(token(sub="billing", kind="service", roles=["analyst"], may_act=[str(DEVELOPER).upper()]), NOW)
    assert (billing.text, billing.person_id) == (f"service:billing@{ISSUER}", None)
    assert billing.roles == {Role.ANALYST}
    assert billing.may_act_for(DEVELOPER)
    assert not billing.may_act_for(uuid4())


def test_a_service_may_be_trusted_to_act_for_everyone() -> None:
    portal = verifier().verify(token(sub="portal", kind="service", may_act=["*"]), NOW)
    assert portal.may_act is EVERYONE
    assert portal.may_act_for(DEVELOPER)


@pytest.mark.parametrize("aud", [AUDIENCE, [AUDIENCE], ["another", AUDIENCE]])
def test_one_of_several_audiences_may_be_ours(aud: object) -> None:
    assert verifier().verify(token(aud=aud), NOW).text


@pytest.mark.parametrize("header", [{"typ": "AT+JWT"}, {"typ": "application/at+jwt"}, {"x5t": "abc"}])
def test_what_the_standard_allows_in_the_header_is_allowed(header: dict[str, Any]) -> None:
    assert verifier().verify(token(header=header), NOW).text


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token", b"Bearer"])
def test_a_way_in_without_a_bearer_token_says_what_to_send(header: str | bytes | None) -> None:
    with pytest.raises(NotAuthenticated, match="authorization: Bearer <token>") as refused:
        verifier().verify_bearer(header)
    assert refused.value.code == "token_missing"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_header_of_kafka_and_of_http_prove_the_same(scheme: str) -> None:
    ours = verifier()
    header = f"{scheme} {token()}"
    assert ours.verify_bearer(header, NOW) is ours.verify_bearer(header.encode(), NOW)


def test_the_same_token_gives_the_same_instance_until_it_expires() -> None:
    ours, text = verifier(), token(exp=NOW + 60)
    first = ours.verify(text, NOW)
    assert ours.verify(text, NOW + 60) is first
    assert code(ours, text, NOW + 91) == "expired"
    assert code(ours, text, NOW + 91) == "expired"


def test_a_hit_costs_microseconds() -> None:
    ours, text = verifier(), token(exp=NOW + 60)
    ours.verify(text, NOW)

    def seconds() -> float:
        started = time.perf_counter()
        for _ in range(2000):
            ours.verify(text, NOW)
        return (time.perf_counter() - started) / 2000

    assert min(seconds() for _ in range(5)) < 10e-6  # About 1 where nothing else runs; a verification takes 100.


def test_the_cache_is_bounded_and_forgets_the_longest_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier_module, "CACHE_TOKENS_MAX", 3)
    ours, texts = verifier(), [token(sub=f"s{number}") for number in range(4)]
    first = ours.verify(texts[0], NOW)
    for text in texts[1:3]:
        ours.verify(text, NOW)
    assert ours.verify(texts[0], NOW) is first
    second = ours.verify(texts[1], NOW)
    ours.verify(texts[0], NOW)
    ours.verify(texts[3], NOW)  # Puts out texts[2].
    assert len(ours._verified) == 3
    assert ours.verify(texts[0], NOW) is first
    assert ours.verify(texts[1], NOW) is second


def test_a_new_key_is_found_at_once_and_a_made_up_one_asks_the_issuer_seldom() -> None:
    publisher = Publisher(EC)
    ours = verifier(publisher)
    ours.verify(token(), NOW)
    publisher.keys = (EC, NEW)
    later = NOW + RETRY_SECONDS
    assert ours.verify(token(NEW), later).text
    asked = publisher.asked
    for number in range(50):
        assert code(ours, token(NEW, {"kid": f"made-up-{number}"}), later) == "key_unknown"
    assert publisher.asked == asked
    assert code(ours, token(NEW, {"kid": "made-up"}), later + RETRY_SECONDS) == "key_unknown"
    assert publisher.asked == asked + 1


def test_a_retired_key_is_not_trusted_even_for_a_token_in_the_cache() -> None:
    publisher = Publisher(EC, RSA)
    ours, text = verifier(publisher), token(exp=NOW + 100_000)
    ours.verify(text, NOW)
    publisher.keys = (RSA,)
    assert ours.verify(text, NOW + REFRESH_SECONDS - 1).text
    publisher.answers.clear()
    assert ours.verify(text, NOW + REFRESH_SECONDS).text  # Starts looking, and keeps nobody waiting.
    publisher.answers.set()
    eventually(lambda: ours._issuers[ISSUER].keys.generation == 2)
    assert code(ours, text, NOW + REFRESH_SECONDS + 1) == "key_unknown"


def test_after_a_long_silence_a_retired_key_is_not_trusted_once_more() -> None:
    publisher = Publisher(EC, RSA)
    ours, text = verifier(publisher), token(exp=NOW + 100_000)
    ours.verify(text, NOW)
    publisher.keys = (RSA,)
    assert code(ours, text, NOW + 2 * REFRESH_SECONDS) == "key_unknown"


def test_the_same_keys_again_leave_the_cache_alone() -> None:
    publisher = Publisher(EC)
    ours, text = verifier(publisher), token(exp=NOW + 100_000)
    first = ours.verify(text, NOW)
    assert ours.verify(text, NOW + 3 * REFRESH_SECONDS) is first
    assert publisher.asked == 2


def test_an_issuer_that_is_away_is_trusted_on_its_last_keys_for_a_while() -> None:
    publisher = Publisher(EC)
    ours, text = verifier(publisher), token(exp=NOW + 100_000)
    ours.verify(text, NOW)
    publisher.away = True
    assert ours.verify(text, NOW + 2 * REFRESH_SECONDS).text
    assert code(ours, text, NOW + STALE_SECONDS + 2 * REFRESH_SECONDS) == "issuer_unavailable"
    publisher.away = False
    assert ours.verify(text, NOW + STALE_SECONDS + 4 * REFRESH_SECONDS).text


def test_an_issuer_that_was_never_reached_is_told_from_a_wrong_token() -> None:
    publisher = Publisher(EC)
    publisher.away = True
    ours = verifier(publisher)
    assert code(ours, token()) == "issuer_unavailable"
    publisher.away = False
    assert code(ours, token()) == "issuer_unavailable"  # It was asked a moment ago.
    assert ours.verify(token(), NOW + RETRY_SECONDS).text


def test_many_threads_ask_the_issuer_once() -> None:
    publisher = Publisher(EC)
    ours, texts = verifier(publisher), [token(sub=f"s{number}") for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda text: ours.verify(text, NOW), texts * 5))
    assert publisher.asked == 1
