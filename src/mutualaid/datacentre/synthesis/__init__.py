"""A plausible union of nobody: employers, members, covers, a year's events and bills, and a known share of bad records.

Everything is drawn from the tables here and in ``calibration``; docs/synthesis.md says where each figure comes from.
"""
