"""Faults that were found in another open system by running or reading it, as situations that this engine must get right."""
