"""PDF in, :class:`~zc_pipeline.model.PageContent` out: one module per PDF library.

Only the modules of this room import a PDF library. Nothing here looks for tables or knows budgets.
A reader is a function ``read_pages(path) -> Iterator[PageContent]`` beside its ``NAME``.
"""
