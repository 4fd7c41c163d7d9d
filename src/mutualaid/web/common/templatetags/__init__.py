"""Tags and filters of the templates of all portals: known in every template without loading."""
