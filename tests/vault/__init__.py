"""The vault: keys and secrets that lie apart."""
