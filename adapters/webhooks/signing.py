"""Standard Webhooks: the headers by which a receiver knows that a request comes from us, and the secret that he checks them with."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

SHOWN_AS: Final = "whsec_"


def secret_name(recipient_id: UUID, webhook_id: UUID) -> str:
    """What the vault calls a webhook's secret."""
    return f"webhook {recipient_id} {webhook_id}"


def shown(secret: bytes) -> str:
    """The secret as receivers' libraries read it."""
    return SHOWN_AS + base64.b64encode(secret).decode()


def headers(secret: bytes, message_id: UUID, seconds: int, body: bytes) -> dict[str, str]:
    """What is sent beside the body: its id, which stays when it is sent again, the time in seconds, and the signature of all three."""
    signed = b".".join((str(message_id).encode(), str(seconds).encode(), body))
    signature = base64.b64encode(hmac.digest(secret, signed, sha256)).decode()
    return {"webhook-id": str(message_id), "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{signature}"}
