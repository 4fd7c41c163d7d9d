"""Bank files: our own profile of ISO 20022, the file for paying by hand, and the seal of both."""
