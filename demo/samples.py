"""Generates the three sample drawings offered by the page, with starter questions.

    python -m demo.samples [--out demo/samples]

They are in the repository, so the extra `demo` is not needed to try the product; the command
reproduces them byte for byte.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

from demo.sheets.render import Rendered, render
from demo.sheets.sheet import Style

FOLDER = Path(__file__).with_name("samples")
PNG_DPI = 150


@dataclass(frozen=True)
class Sample:
    """A sheet given by its seed, and questions about it."""

    name: str
    seed: int
    style: Style
    file: str  # the file offered by the page: a PDF with its text, or only an image
    questions: dict[str, tuple[str, str, str]]

    def draw(self) -> Rendered:
        """The sheet."""
        return render(self.seed, self.name, name=self.name, style=self.style)


_ENGLISH = Style("Vera", ".", "en", lettering=7.0, label=3.0, plain=True)
_GERMAN = replace(_ENGLISH, decimal=",", language="de")

SAMPLES = (
    Sample(
        "plate",
        148,
        _ENGLISH,
        "plate.pdf",
        {
            "en": ("What is the overall width?", "What is the bore?", "What is the material?"),
            "de": ("Was ist die Breite?", "Was ist die Bohrung?", "Was ist der Werkstoff?"),
            "ko": ("전체 폭?", "보어 지름 알려 주세요.", "이 도면의 재질?"),
        },
    ),
    Sample(
        "flange",
        112,
        _GERMAN,
        "flange.pdf",
        {
            "en": ("What is the outer diameter?", "What is the bolt circle diameter?", "Mass?"),
            "de": ("Was ist der Außendurchmesser?", "Was ist der Lochkreis?", "Masse?"),
            "ko": ("외경?", "볼트 원 지름?", "질량 알려 주세요."),
        },
    ),
    Sample(
        "shaft",
        122,
        _ENGLISH,
        "shaft.png",
        {
            "en": ("What is the thread?", "What is the overall length?", "Drawing number?"),
            "de": ("Was ist das Gewinde?", "Was ist die Gesamtlänge?", "Zeichnungsnummer?"),
            "ko": ("이 도면의 나사?", "전체 길이?", "도면 번호?"),
        },
    ),
)


def write_samples(folder: Path) -> None:
    """Write NAME.pdf, NAME.png and NAME.json (ground truth) for each, and `samples.json` for
    all."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for sample in SAMPLES:
        drawn = sample.draw()
        stem = folder / sample.name
        stem.with_suffix(".pdf").write_bytes(drawn.pdf)
        stem.with_suffix(".png").write_bytes(drawn.png(dpi=PNG_DPI))
        stem.with_suffix(".json").write_text(drawn.truth.to_json(), encoding="utf-8")
        title = next(fact.value for fact in drawn.truth.facts if fact.key == "title")
        entries.append(
            {
                "name": sample.name,
                "title": title,
                "file": sample.file,
                "questions": sample.questions,
            }
        )
    text = json.dumps({"items": entries}, ensure_ascii=False, indent=1) + "\n"
    (folder / "samples.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description="Write the sample drawings.")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    write_samples(arguments.out)
    print(f"{arguments.out}: {', '.join(sample.name for sample in SAMPLES)}")


if __name__ == "__main__":
    main()
