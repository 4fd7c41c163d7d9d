"""Simulator of the neutral online channel: a program of its own that takes no money. Nothing of the product imports it.

It has its own reading of docs/channels/neutral-channel.md, so that client and simulator check each other.
"""
