"""Every mechanism of the plan language by hand-computed examples: dates, ages, waiting times, limits of time, the calendar."""
