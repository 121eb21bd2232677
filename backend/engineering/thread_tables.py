"""Tables of metric threads (ISO 261, ISO 965-1, ISO 2306).

Each value was compared with a second published transcription; the tests check them against the
standards' own formulas. Lengths in millimetres, tolerances in µm.
"""

from __future__ import annotations

from decimal import Decimal


def _pairs(text: str) -> dict[Decimal, Decimal]:
    return {Decimal(key): Decimal(value)
            for key, value in (item.split(":") for item in text.split())}  # fmt: skip


#: ISO 261: nominal diameter to coarse pitch.
COARSE_PITCH = _pairs(
    "1:0.25 1.1:0.25 1.2:0.25 1.4:0.3 1.6:0.35 1.8:0.35 2:0.4 2.2:0.45 2.5:0.45 3:0.5 3.5:0.6 "
    "4:0.7 4.5:0.75 5:0.8 6:1 7:1 8:1.25 9:1.25 10:1.5 11:1.5 12:1.75 14:2 16:2 18:2.5 20:2.5 "
    "22:2.5 24:3 27:3 30:3.5 33:3.5 36:4 39:4 42:4.5 45:4.5 48:5 52:5 56:5.5 60:5.5 64:6"
)

#: ISO 2306: tapping drill for a coarse thread. The tests check each against the limits of the minor
#: diameter.
TAPPING_DRILL = _pairs(
    "1:0.75 1.1:0.85 1.2:0.95 1.4:1.1 1.6:1.25 1.8:1.45 2:1.6 2.2:1.75 2.5:2.05 3:2.5 3.5:2.9 "
    "4:3.3 4.5:3.7 5:4.2 6:5 7:6 8:6.8 9:7.8 10:8.5 11:9.5 12:10.2 14:12 16:14 18:15.5 20:17.5 "
    "22:19.5 24:21 27:24 30:26.5 33:29.5 36:32 39:35 42:37.5 45:40.5 48:43 52:47 56:50.5 60:54.5 "
    "64:58"
)

#: The R40 preferred numbers as ISO 965-1 rounds them; one grade is four steps.
R40 = (10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 28, 30, 32, 34, 36, 38, 40,
       42, 45, 48, 50, 53, 56, 60, 63, 67, 71, 75, 80, 85, 90, 95, 100, 106, 112, 118, 125, 132,
       140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280, 300, 315, 335, 355, 375,
       400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850, 900, 950, 1000, 1060,
       1120, 1180, 1250, 1320, 1400, 1500, 1600)  # fmt: skip

#: ISO 965-1: pitch to (e, f, g) distance from the basic profile in µm; G equals g; h and H are 0.
DEVIATIONS: dict[Decimal, tuple[int | None, int | None, int]] = {}
#: ISO 965-1: pitch to the grade 6 tolerances of D1 and d in µm. For D1 at 0.2 and 0.25 the standard
#: starts at finer grades (4: 38 and 45); these values only lead to them by R40 steps.
CREST_TOLERANCE: dict[Decimal, tuple[int, int]] = {}
for _line in """
    0.2  -   -   17  60   56
    0.25 -   -   18  71   67
    0.3  -   -   18  85   75
    0.35 -   34  19  100  85
    0.4  -   34  19  112  95
    0.45 -   35  20  125  100
    0.5  50  36  20  140  106
    0.6  53  36  21  160  125
    0.7  56  38  22  180  140
    0.75 56  38  22  190  140
    0.8  60  38  24  200  150
    1    60  40  26  236  180
    1.25 63  42  28  265  212
    1.5  67  45  32  300  236
    1.75 71  48  34  335  265
    2    71  52  38  375  280
    2.5  80  58  42  450  335
    3    85  63  48  500  375
    3.5  90  70  53  560  425
    4    95  75  60  600  475
    4.5  100 80  63  670  500
    5    106 85  71  710  530
    5.5  112 90  75  750  560
    6    118 95  80  800  600
    8    140 118 100 1000 710
    """.strip().splitlines():
    _pitch, *_cells = _line.split()
    _e, _f, _g, _minor, _major = (None if cell == "-" else int(cell) for cell in _cells)
    assert _g is not None and _minor is not None and _major is not None  # noqa: S101 - a slip in the text above
    DEVIATIONS[Decimal(_pitch)] = (_e, _f, _g)
    CREST_TOLERANCE[Decimal(_pitch)] = (_minor, _major)

#: ISO 965-1: upper limit of the diameter band to {pitch: grade 6 tolerance of d2 in µm}. The first
#: band starts at 0.99 mm. Over 180 mm is omitted for lack of a second source.
PITCH_DIAMETER_TOLERANCE: dict[Decimal, dict[Decimal, Decimal]] = {
    Decimal(band): _pairs(row)
    for band, row in {
        "1.4": "0.2:48 0.25:53 0.3:56",
        "2.8": "0.2:50 0.25:56 0.35:63 0.4:67 0.45:71",
        "5.6": "0.35:67 0.5:75 0.6:85 0.7:90 0.75:90 0.8:95",
        "11.2": "0.75:100 1:112 1.25:118 1.5:132",
        "22.4": "1:118 1.25:132 1.5:140 1.75:150 2:160 2.5:170",
        "45": "1:125 1.5:150 2:170 3:200 3.5:212 4:224 4.5:236",
        "90": "1.5:160 2:180 3:212 4:236 5:250 5.5:265 6:280",
        "180": "2:190 3:224 4:250 6:300 8:335",
    }.items()
}
