"""Migrations of the books' tables."""
