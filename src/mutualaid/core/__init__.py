"""What every domain stands on: the database, money, dates, state moves, audit. Small, and it stays small."""
