"""A log that shows whether it was changed: every row of the audit trail is a leaf of a tree of hashes with signed heads.

``tree``, ``heads``, ``proof``, ``paper`` and ``verifying`` know no database: what they check, anybody can check, anywhere.
"""
