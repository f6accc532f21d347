"""A gateway in front of an app's product, which presents what its clients sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http.conftest import As
from tests.http.oauth.conftest import Door, door

__all__ = ["Door", "Verifies", "door"]

Verifies = Callable[[str, str], dict[str, Any]]
"""Presents a credential for a product; what the gateway is told."""


@pytest.fixture
def gateway(as_: As) -> httpx.Client:
    """A gateway to every product."""
    return as_("gateway:edge")


@pytest.fixture
def verifies(gateway: httpx.Client) -> Verifies:
    """What /v1/verify says."""

    def verify(credential: str, product: str) -> dict[str, Any]:
        answered = gateway.post("/v1/verify", json={"credential": credential, "product_id": product})
        assert answered.status_code == 200, answered.text
        said: dict[str, Any] = answered.json()
        return said

    return verify
