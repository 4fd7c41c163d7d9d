"""接管: an office moves over from another system: its file is checked, signed off by two, and applied."""
