"""Every mechanism of the plan language by hand-computed examples: caps, shared caps, combinations, benefits that exclude each other, indemnity."""
