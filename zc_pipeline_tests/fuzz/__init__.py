"""Damaged files and inputs: a share of `benchmarks.fuzz` with a fixed seed, and tests of its judge.

What belongs here: the seeds (`seeds/`, written by `python -m benchmarks.fuzzing.seeds`), the share,
properties of the text functions. What does not: files made to do harm (`isolation/hostile.py`), planted
faults of budgets (`benchmarks/test_faults_table.py`).
"""

from pathlib import Path

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.pdf"))
