"""Every mechanism of the plan language by hand-computed examples: bases, shares, deductibles, brackets, days, sums and their steps."""
