"""What `benchmarks.fuzz` is made of: damaged PDFs, damaged inputs of the parse rooms, and who judges them.

What belongs here: seeds and where they come from (`seeds`), a file taken apart into objects (`objects`),
ways to damage it (`mutators`), an independent reading of the picture (`pictures`, `judge`), the run over
many mutants (`mutants`), the fuzzer of the parse rooms (`guided`, `rooms`). What does
not: the parser, and planted faults of budgets (`benchmarks.planting`).
"""
