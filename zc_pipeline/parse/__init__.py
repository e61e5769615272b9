"""PDF in, typed records out.

Here belongs all that finds values on a page: readers, grids, forms, stitching, amounts, sums. Not here:
frames (``tables/``), files (``storage/``), Dagster (``defs/``); nothing of this room imports pandas.
"""
