"""Claims and denials of a model about a title block, planted and true, held against sheets.

`python -m benchmarks.evidence.claims SHEET.pdf…` prints how many of the planted ones are caught
and how many of the true ones are called wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.commands.check import drawing_pages
from backend.extraction.tables.page_tables import PageExtraction, combined
from backend.sheet_answers.claims import contradictions
from backend.sheet_answers.sheet import TABLES, Sheet

#: What the fields are called: English, German, Korean.
NAMES = {
    "material": ("material", "Werkstoff", "재질"),
    "scale": ("scale", "Maßstab", "척도"),
    "mass": ("mass", "Masse", "질량"),
    "number": ("drawing number", "Zeichnungsnummer", "도면번호"),
    "revision": ("revision", "Revision", "리비전"),
    "general_tolerance": ("general tolerance", "Allgemeintoleranz", "일반공차"),
    "title": ("title", "Benennung", "품명"),
    "date": ("date", "Datum", "날짜"),
}
#: Sentences that state a field's value, as models write them.
STATED = (
    ("The {name} is {value}.", "The {name} is given as **{value}**.", "- **{Name}:** {value}",
     "| {Name} | {value} |", "According to the title block, the {name} is {value}.",
     "{Name}: {value}", "The {name} of this part is {value}.",
     "The {name} specified in the title block is `{value}`."),
    ("Angabe laut Schriftfeld: {name} ist {value}.", "{Name}: **{value}**", "- {Name}: {value}",
     "Im Schriftfeld steht als {name} {value}.", "| {Name} | {value} |", "{Name} = {value}"),
    ("{name}은 {value}입니다.", "**{name}:** {value}", "- {name}: {value}",
     "표제란의 {name}은(는) {value}입니다.", "도면의 {name}: {value}", "| {name} | {value} |"),
)  # fmt: skip
#: Sentences that deny that the sheet states a field.
DENIED = (
    ("The {name} is not specified on this sheet.", "No {name} is given.",
     "The drawing does not state the {name}.", "{Name}: not specified",
     "There is no {name} on the drawing."),
    ("{Name}: keine Angabe", "Auf dem Blatt ist keine Angabe zu {name} vorhanden.",
     "{Name} ist nicht angegeben.", "Es gibt keine {name} auf der Zeichnung."),
    ("{name}은(는) 표시되어 있지 않습니다.", "도면에 {name} 정보가 없습니다.", "{name}: 없음"),
)  # fmt: skip
WRONG = {
    "material": ("aluminium 6061", "PA66", "CuSn8", "42CrMo4"),
    "scale": ("3:1", "1:7"),
    "mass": ("91.3 kg", "0.02 kg"),
    "number": ("ZZ-99817", "440-1120"),
    "revision": ("K7", "Q"),
    "general_tolerance": ("ISO 2768-v", "ISO 2768-cL"),
    "title": ("WATER PUMP IMPELLER", "GEHÄUSEDECKEL"),
    "date": ("1999-01-02", "03.03.1987"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about a sheet and whether it is true."""

    text: str
    true: bool


def claims_about(sheet: Sheet) -> Iterator[Claim]:
    """True, false and denying sentences about every field that the title block has."""
    for field, names in NAMES.items():
        cell = sheet.title(field)
        if cell is None or not cell.value:
            continue
        for language, name in enumerate(names):
            written = {"name": name, "Name": name[:1].upper() + name[1:]}
            for sentence in STATED[language]:
                yield Claim(sentence.format(**written, value=cell.value), True)
                for wrong in WRONG[field]:
                    yield Claim(sentence.format(**written, value=wrong), False)
            for sentence in DENIED[language]:
                yield Claim(sentence.format(**written), False)


async def sheet_of(path: Path) -> Sheet:
    """A drawing file with its tables."""
    pages = await drawing_pages(path)
    made = [PageExtraction(page) for page in pages]
    tables = {kind: combined(kind, [page.table(kind) for page in made]) for kind in TABLES}
    return Sheet(path.name, path.name, pages, tables)


def measure(sheets: Sequence[Sheet]) -> tuple[list[Claim], list[Claim], int, int]:
    """The false claims that were missed, the true ones that were called wrong, and how many of
    both there were."""
    missed, blamed, false, true = [], [], 0, 0
    for sheet in sheets:
        for claim in claims_about(sheet):
            caught = bool(contradictions(claim.text, [sheet]))
            true, false = true + claim.true, false + (not claim.true)
            if claim.true and caught:
                blamed.append(claim)
            elif not claim.true and not caught:
                missed.append(claim)
    return missed, blamed, false, true


def main(argv: Sequence[str] | None = None) -> None:
    """Measure on drawing files."""
    parser = argparse.ArgumentParser(prog="benchmarks.evidence.claims", description=main.__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    arguments = parser.parse_args(argv)
    sheets = [asyncio.run(sheet_of(path)) for path in arguments.files]
    missed, blamed, false, true = measure(sheets)
    caught = false - len(missed)
    print(f"false claims caught: {caught} of {false} ({caught / max(false, 1):.1%})")
    print(f"true claims called wrong: {len(blamed)} of {true} ({len(blamed) / max(true, 1):.1%})")
    for claim in itertools.islice([*blamed, *missed], 40):
        print(f"  {'true' if claim.true else 'missed'}: {claim.text}")


if __name__ == "__main__":
    main()
