"""What extraction reads off real drawings, against ground truth that people wrote by hand.

    python -m benchmarks.real_sheets FOLDER [--truth FOLDER] [-v] [--json FILE]

Ground truth is one JSON file a drawing, `NAME.json` (in FOLDER or in `--truth`):

    {"file": "bracket.pdf", "text_layer": true,
     "fields": {"number": "4711-01", "scale": "1:2|1 : 2", "material": "S235JR"},
     "dimensions": [
       {"kind": "diameter", "nominal": 20, "count": 4, "fit": "H7"},
       {"kind": "linear", "nominal": 6.5, "count": 1, "upper": 0.02, "lower": 0},
       {"kind": "linear", "nominal": null, "count": 1, "smallest": 8, "largest": 8.2}],
     "dimensions_complete": true,
     "bom": [{"item": "1", "description": "Base plate", "quantity": "1"}], "revisions": []}

`|` parts spellings that are equally right. Lengths are in the sheet's own unit. A dimension may
also say `basic`, `reference`, `depth` or `ordinate`. `dimensions_complete` false: further rows are
not counted as false. Names of people are not scored.

A wrong value is worse than a missing one: the table counts them apart. Rows and fields that are
`unsure` count as missing.
"""
