"""OAuth 2.0 for apps whose credential is an OAuth client, and for gateways that ask about tokens."""
