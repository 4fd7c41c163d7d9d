"""What can happen to claims; the only code that writes them. Whoever changes what a member has used up holds the member's row."""
