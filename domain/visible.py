"""What people see of a text: two that look alike are alike, and one that shows nothing is none."""

import re
import unicodedata
from typing import Final

IGNORABLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt): fillers, joiners, selectors. Python knows no such property."""
BLANK: Final = str.maketrans("\u2800\U0001d159", "  ")
"""A braille cell without dots and a note without a head: signs to Unicode, a space to the eye."""


def visible(text: str) -> str:
    """Leave out what nobody sees: ignorable characters and those that only format (category Cf)."""
    if text.isascii():
        return text
    shown = IGNORABLE.sub("", text).translate(BLANK)
    return "".join(character for character in shown if unicodedata.category(character) != "Cf")
