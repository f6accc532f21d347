"""Who is it? One verifier for every way in, the keys it trusts, and an issuer for development."""
