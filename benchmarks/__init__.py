"""Measures how exactly target tables are read: a corpus of known truth, the counting, and what others reach.

What belongs here: drawing tables with programs of other makers (`corpus`), comparing what was read with what
the pages show (`exactness`), the usual table readers for comparison (`baselines`). What does not: reading a
PDF (`zc_pipeline`) and anything a user of the package needs. Nothing in `zc_pipeline` imports from here.
"""
