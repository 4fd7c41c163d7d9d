"""Migrations of contributions."""
