"""单位端: the portal of employers' clerks."""
