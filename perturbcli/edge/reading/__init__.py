"""From files to checked instances: pure parsing, and one place that opens files."""
