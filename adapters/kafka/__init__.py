"""The bus: commands come in, replies, events and what could not be read go out."""
