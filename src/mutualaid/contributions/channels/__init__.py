"""Clients of online channels, each behind the interface of ``gateway``."""
