"""Measures how exactly target tables are read, how fast, and what others reach.

What belongs here: drawing tables with programs of other makers (`corpus`), comparing what was read with what
the pages show (`exactness`), the usual table readers for comparison (`baselines`), speed and scale beside
their goals (`all` and the parts it calls; one form for figures: `findings`). What does not: reading a
PDF (`zc_pipeline`) and anything a user of the package needs. Nothing in `zc_pipeline` imports from here.
"""
