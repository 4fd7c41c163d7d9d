"""Migrations of people's tables."""
