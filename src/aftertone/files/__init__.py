"""Files that people give or get: read within limits, written as their owner's alone, CSV and TOML."""
