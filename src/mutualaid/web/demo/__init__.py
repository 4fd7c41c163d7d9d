"""The demonstration: its invented union, and a first screen that leads through the story. Only in demo mode."""
