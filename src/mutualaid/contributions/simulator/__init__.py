"""Simulators of online channels: programs of their own that take no money. Nothing of the product imports them.

They have their own reading of docs/channels/, so that clients and simulators check each other.
"""
