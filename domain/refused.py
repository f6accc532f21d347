"""How a decision says no."""


class Refused(Exception):
    """A request that the rules do not allow, with a stable code and a sentence that never quotes the payload."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence
