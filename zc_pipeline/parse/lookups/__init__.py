"""Known spellings, kept as data: headings, money units, indicator codes, radical symbols.

Here belongs what a form *calls* things. Not here: rules that hold for unseen files; those are code.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def load_lookup(name: str) -> dict[str, Any]:
    """Return the content of ``lookups/<name>.yaml``; read once a process."""
    text = resources.files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    if not isinstance(loaded, dict):
        raise TypeError(f"lookup {name}.yaml is not a mapping")
    return loaded
