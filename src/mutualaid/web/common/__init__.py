"""What the portals share: sign-in, bounds of a request, templates, errors, language. Knows no portal."""
