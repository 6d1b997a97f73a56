"""JSON Schema (2020-12) of what the program reads and writes, from the fields that check it."""
