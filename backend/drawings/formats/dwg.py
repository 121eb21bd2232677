"""Reads DWG files: the ODA File Converter, if installed, converts them to DXF.

The converter is a separate program. It runs under the limits of the worker that starts it and ends
with that worker.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import ezdxf
from ezdxf.addons import odafc

from backend.drawings.formats.converted import ConvertedPage
from backend.drawings.formats.dxf import convert_dxf
from backend.drawings.formats.format import Limits
from backend.errors import DamagedFile


def convert_dwg(path: Path, converter: Path, limits: Limits) -> list[ConvertedPage]:
    """All sheets of the DWG. Raises `DamagedFile` if the converter cannot read it, and the errors
    of `convert_dxf`."""
    ezdxf.options.set("odafc-addon", "unix_exec_path", str(converter))
    # The converter opens windows. Without a virtual screen (Xvfb), run it in offscreen mode.
    os.environ.setdefault("DISPLAY", "")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "drawing.dwg", Path(folder) / "drawing.dxf"
        shutil.copyfile(path, source)
        try:
            odafc.convert(source, target, version="R2018", audit=True)  # type: ignore[attr-defined]
        except odafc.ODAFCError as error:  # type: ignore[attr-defined]
            raise _refusal() from error
        if not target.is_file():
            raise _refusal()
        return convert_dxf(target, limits)


def _refusal() -> DamagedFile:
    return DamagedFile(
        "The ODA File Converter could not read this DWG. Save it as DXF or PDF in your CAD "
        "program and upload that."
    )
