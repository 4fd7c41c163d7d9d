"""Migrations of the log of proofs."""
