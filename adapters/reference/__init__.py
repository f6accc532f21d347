"""The reference of the bus, made from the code: JSON Schemas of all messages, and AsyncAPI over them."""
