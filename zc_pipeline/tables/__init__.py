"""Records to frames and back, one module a table: pure functions.

A frame always has its table's columns in order, with Arrow types, sorted by its key. Not here: reading or
writing files (``storage/``), what a column means (``schemas/``), Dagster (``defs/``).
"""
