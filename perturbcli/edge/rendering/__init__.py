"""Results rendered for people and for programs; `formats` is the table of the formats."""
