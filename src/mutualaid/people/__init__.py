"""People and what they belong to: unions, offices, employers, staff, members; their roles, identities and consents."""
