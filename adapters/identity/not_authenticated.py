"""Why nobody is recognised: a code for programs, a sentence for people, and never a piece of the token."""

from __future__ import annotations


class NotAuthenticated(Exception):
    """The token proves nobody. `code` is stable; `issuer_unavailable` alone may pass by itself when tried again."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
