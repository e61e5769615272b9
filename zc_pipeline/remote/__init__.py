"""Data folders at an address: an object store that a run works for, from a mirror on this machine.

Here belong: the store (the only place that knows ``fsspec``), the lease that keeps two runs apart, the
snapshot by which readers see all published tables change at once, and the mirror that is brought in step
before a run and sent back after it. :func:`opened` is what everything else calls.

Not here: anything that happens in the mirror. What works there has the paths of a folder of this machine and
does not know the address; a folder of this machine passes through here untouched.
"""

from zc_pipeline.remote.session import Look, Use, look, mirror_paths, opened, push
from zc_pipeline.remote.snapshot import Published, published, read_published_year

__all__ = [
    "Look",
    "Published",
    "Use",
    "look",
    "mirror_paths",
    "opened",
    "published",
    "push",
    "read_published_year",
]
