"""Simulator of a bank with an exchange folder: a program of its own that moves no money. Nothing of the product imports it.

It has its own reading of docs/channels/bank-files.md, so that client and simulator check each other.
"""
