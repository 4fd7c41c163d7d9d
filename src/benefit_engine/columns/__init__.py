"""The columnar engine: plans compiled to tables of integers, and whole partitions of persons decided from Arrow to Arrow.

The same lines, amounts and reasons as the explained engine gives, without the working. No input or output here.
"""
