"""Migrations of take-overs."""
