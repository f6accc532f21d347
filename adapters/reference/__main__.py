"""Writes the reference of the bus anew: `python -m adapters.reference`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from adapters.reference import asyncapi, topics_page
from adapters.reference.schemas import schemas

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference"


def files() -> dict[Path, str]:
    """Every file of it, with what belongs in it."""
    made = {FOLDER / "schemas" / path: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for path, schema in schemas().items()}
    return {**made, FOLDER / "asyncapi.yaml": asyncapi.page(), FOLDER / "topics.md": topics_page.page()}


def write() -> None:
    """Write them, and remove schemas of what is no more."""
    wanted = files()
    for path in (FOLDER / "schemas").rglob("*.json"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(wanted)} files of the bus's reference written\n")


if __name__ == "__main__":
    write()
