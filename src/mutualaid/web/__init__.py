"""What people and machines touch: three portals, the interface, and what they share. No business rules."""
