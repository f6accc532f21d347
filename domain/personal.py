"""Personal data as a type of its own: plain text in memory, sealed wherever it is written down."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

SEAL = "seal_personal"
"""Key of the serialisation context: a function from plain to sealed text."""
OPEN = "open_personal"
"""Key of the validation context: a function from sealed to plain text."""


class Personal(str):
    """Text about a person. Its repr hides it, and it can't be written as JSON without a seal."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Hide the text: reprs end up in logs."""
        return "Personal(***)"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Open with the context's key when reading, seal with it when writing JSON; refuse JSON without one."""
        return core_schema.with_info_after_validator_function(
            _opened,
            core_schema.str_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _sealed, info_arg=True, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe what is stored: sealed text."""
        return {"type": "string", "description": "Personal data, sealed (AES-256-GCM) under that person's key."}


def _opened(value: str, info: core_schema.ValidationInfo) -> Personal:
    if info.context is not None and OPEN in info.context:
        return Personal(info.context[OPEN](value))
    return Personal(value)


def _sealed(value: str, info: core_schema.SerializationInfo) -> str:
    if info.context is None or SEAL not in info.context:
        raise ValueError("personal data is not written down unsealed: serialise it with a seal in the context")
    sealed: str = info.context[SEAL](str(value))
    return sealed
