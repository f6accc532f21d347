"""Which issuers these settings trust, as one verifier."""

from __future__ import annotations

from adapters.identity.jwks import IssuerKeys, keys_from
from adapters.identity.local_issuer import LocalIssuer
from adapters.identity.verifier import TokenVerifier, TrustedIssuer
from adapters.settings import LOCAL_ISSUER, Settings


def token_verifier(settings: Settings) -> TokenVerifier:
    """The verifier for these settings; the local issuer is in it only if LAUNCHPAD_LOCAL_ISSUER says so. Raises NotKept."""
    issuers = [TrustedIssuer(issuer.issuer, keys_from(issuer.issuer, issuer.jwks), issuer.audience) for issuer in settings.trusted_issuers]
    if settings.local_issuer != "off":
        local = LocalIssuer(settings.home, settings.audience)
        issuers.append(TrustedIssuer(LOCAL_ISSUER, IssuerKeys(LOCAL_ISSUER, local.key_set), vouches_for_system=True))
    return TokenVerifier(issuers, settings.audience)
