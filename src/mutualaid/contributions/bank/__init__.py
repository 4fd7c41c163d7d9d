"""Files of banks: CSV as Chinese banks export it, and ISO 20022 camt.053."""
