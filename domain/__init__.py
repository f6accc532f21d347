"""The rules: pure functions over what has happened. No clock, no randomness, no I/O."""
