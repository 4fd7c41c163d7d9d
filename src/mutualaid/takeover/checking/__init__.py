"""What is wrong with the rows of a take-over, and what would come of them. Writes nothing."""
