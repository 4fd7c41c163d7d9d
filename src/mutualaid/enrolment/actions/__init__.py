"""What can happen to enrolments, rosters and covers: the only code that changes their rows."""
