"""The known forms of target tables: one module a form, with its headings' meaning and its indicators.

Here belongs what tells one form from another. Not here: what all tables share (grid, stitching, sums).
A new form is a new module with a class like ``PackedListForm``, entered in :data:`FORMS`.
"""

from __future__ import annotations

from typing import Final

from zc_pipeline.parse.forms.base import Form
from zc_pipeline.parse.forms.packed_list import PackedListForm

FORMS: Final[tuple[Form, ...]] = (PackedListForm(),)


def form_by_name(name: str) -> Form:
    """The form of that name; KeyError where there is none."""
    return {form.name: form for form in FORMS}[name]
