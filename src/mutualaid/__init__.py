"""Mutualaid, the mutual-aid platform: domains and portals around the pure benefit engine."""
