"""Everything Dagster: assets, their checks, the job, the nightly schedule, the data folder as a resource.

Here belong definitions that say *what* runs *when* and what people see of it. An asset calls one function
of ``pipeline`` and reports what that says. Not here: any rule about budgets, tables or files
(``parse/``, ``tables/``, ``storage/``), nor IO managers: a stage reads what the stage before left on disk,
because its working tables are one file a document and are not made again when nothing changed; so assets
name what they depend on and hand over no frames.

``partitions`` (fiscal years) · ``resources`` · ``metadata`` (what stands on an asset) · ``checks`` (gates as
asset checks) · ``assets`` · ``jobs`` · ``schedules`` · ``sensors`` (what looks around between runs) ·
``endings`` (how a run ended) · ``launch`` (the job from the command line).
No ``from __future__ import annotations`` in modules whose functions take ``context``: Dagster refuses it.
"""
