"""All that changes rows of people.

``units``: the tree, employers, their clerks. ``staff``: accounts and roles. ``members``: identities, employment, consents.
"""
