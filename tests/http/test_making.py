"""A jwt credential says since when it is valid by the database's clock, whatever ours says."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.compose import Launchpad
from adapters.http.making import JWT, JWT_LIFETIME_DEFAULT, Making
from adapters.postgres.questions import Questions
from readmodels.clients import OpenedNow, opens_now


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=-20), timedelta(minutes=20)])
def test_a_jwt_begins_and_ends_by_the_database_s_clock(launchpad: Launchpad, ahead: timedelta) -> None:
    (told,) = Questions(launchpad.pool).all(opens_now(uuid4()))
    product = uuid4()
    opened = OpenedNow((told.now + ahead).replace(microsecond=500_000), (product,))
    made = Making("live", launchpad.own_tokens, lambda _: opened).make(JWT, uuid4(), uuid4(), None)
    token, began = launchpad.own_tokens.recognise(made.text), opened.now.replace(microsecond=0)
    assert {token.claims["iat"], token.claims["nbf"]} == {int(began.timestamp())}
    assert token.expires_at == made.expires_at == began + JWT_LIFETIME_DEFAULT
    assert token.claims["products"] == [str(product)]
