"""Single faults for true documents: what can go wrong on paper, in page text and in joined rows.

What belongs here: the documents (`documents`), the kinds of faults by level (`drawn`, `page_text`, `rows`)
with their class by truth (`kinds`), and what the reading makes of a planted fault (`judging`). What does not:
running and reporting, which is `benchmarks.faults`.
"""
