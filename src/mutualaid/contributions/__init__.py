"""Money in: bills, payments by bank and by online channels, matching, receipts."""
