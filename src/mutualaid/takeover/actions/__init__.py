"""What can happen to take-overs: the only code that changes their rows."""
