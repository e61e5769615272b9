"""What is said of the runs while nobody looks: their record, the log's lines, messages to people.

Here belong the table `runs` (``records``), the form of the log (``logs``), the words of a message
(``messages``), how it goes out (``notify``), and how long no new disclosure came (``quiet``).

Not here: when a run starts and what the Dagster UI shows (``defs/``), what happens to documents
(``pipeline``), nor the words of single log lines, which stand where the thing happens. Nothing here may fail
a run: what cannot be recorded or sent is logged, and the run goes on.
"""
