"""Money out: payment orders for approved benefits, batches of two persons, bank files and their results."""
