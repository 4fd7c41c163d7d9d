"""Plans as data: the language of plan documents, their checks, prose and compilation."""
