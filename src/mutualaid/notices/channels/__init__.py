"""Clients of providers of short messages, each behind the interface of ``gateway``."""
