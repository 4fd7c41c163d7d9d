"""The only code that writes contributions: ``bills``, ``settling`` (shared by both ways to pay), ``bank``, ``online``."""
