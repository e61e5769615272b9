"""Published tables as files that analysts open: Excel workbooks, CSV with a data package, DuckDB.

Here belong the formats and what their readers need: headings in words, descriptions, limits of a program
that opens them. Not here: what a column means (``schemas/``), its description for other readers
(``dictionary``), the files of `extract` (``storage/export``), words of the command line (``cli``). Nothing
here changes a value: what a format cannot hold exactly is written as text, counted and said, or refused.
"""
