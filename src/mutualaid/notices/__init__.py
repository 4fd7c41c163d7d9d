"""Messages to people, and the outbox they wait in."""
