"""Runs that are killed, have no room or no permission, or meet one another: the tables stay whole.

What belongs here: real runs as processes and what becomes of a data folder under them (``scene``), a reader
that never stops reading it (``reader``), and the tests that use both; ``benchmarks.kills`` uses them at
length. What does not: the parts by themselves (``storage/``).
"""
