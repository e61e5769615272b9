"""Files: where they lie, what is in the raw folder, and writing Parquet so that nothing is ever half there.

Not here: what the tables mean (``schemas/``) or how their rows come about (``parse/``, ``tables/``).
"""
