"""A fiscal billing gateway for demonstrations and tests, as a program of its own. It issues nothing that is worth anything: its
notes say that they are simulated. It uses nothing of the product but the protocol's seal."""
