"""Steps that make the tables of payouts."""
