"""The book: a folder of static pages over the published tables that opens from disk, without a server.

``read`` takes up the tables of a year, ``places`` finds where on the pages a project's cells are, ``data``
shapes both for the pages (pure), ``pictures`` draws pages, ``pages`` fills templates, ``write`` puts the
folder in place. All words of the pages are in ``texts.yaml``; titles of columns come from ``schemas``.

Not here: reading PDFs or judging values (``parse``, ``pipeline``). A page says nothing that no table says.
"""
