"""The fund's books: double entry, append-only, balanced by the database."""
