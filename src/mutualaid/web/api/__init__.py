"""/api/v1: JSON for other systems."""
