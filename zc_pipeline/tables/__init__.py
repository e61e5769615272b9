"""Records to frames and back, one module a table: pure functions, no files, no gates, no Dagster.

A frame always has its table's columns in order, with Arrow types, sorted by its key.
"""
