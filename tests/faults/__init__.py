"""One test for each row of the table of faults; `rows.py` says where each stands."""
