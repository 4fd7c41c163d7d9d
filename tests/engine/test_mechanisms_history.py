"""Every mechanism of the plan language by hand-computed examples: what an event finds used up: running totals, counts, stays as one, opening counters."""
