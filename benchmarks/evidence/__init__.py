"""How far evidence can be trusted: planted errors that pass, true values that are doubted.

    python -m benchmarks.evidence [--drawings FOLDER] [--answers 600] [--seed 5] [--show]

Builds answers (English, German, Korean) about sheets whose values are known: sheets made here,
with callouts cut into runs as exporters cut them, and real drawings where FOLDER has them. Each
answer has true values, written in another way than on the sheet, and one planted error (wrong
digit, lost decimal, swapped tolerance, invented dimension). Whether a planted value happens to
stand elsewhere is judged from the list of the sheet's values, not by the code under test.
"""
