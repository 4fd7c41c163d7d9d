"""A simulated provider of short messages, a program of its own: it checks as strictly as the real one, and misbehaves when told.

What it "sends" is read on a page of the demonstration; nothing leaves the machine.
"""
