"""What another service installs to talk to Launchpad Apps; it imports nothing else of ours."""

from launchpad_client.keys import (
    Environment,
    MadeCredential,
    NotACredential,
    ParsedCredential,
    compare_digest,
    digest,
    make_credential,
    parse,
)

__all__ = [
    "Environment",
    "MadeCredential",
    "NotACredential",
    "ParsedCredential",
    "compare_digest",
    "digest",
    "make_credential",
    "parse",
]
