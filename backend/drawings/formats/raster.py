"""Scans and photos: PNG, JPEG, WebP, TIFF (G4, BigTIFF, many pages) and BMP.

The canvas is the picture's own pixels, turned once as its EXIF orientation says. Sizes and
pixel counts come from headers; a page of ordinary size is kept decoded, a larger one is read
in passes that hold only a few rows. Knows nothing of pyramids (`pyramid.py`).
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pyvips
from PIL import Image as PillowImage

from backend.drawing import TextItem
from backend.drawings.formats.format import Canvas, Limits, Size, VipsImage, check_proportions
from backend.drawings.formats.pixels import normalise, resize_exactly, to_rgb
from backend.drawings.formats.tiff_pages import TiffPage, tiff_pages
from backend.drawings.formats.warnings import LOW_RESOLUTION, PARTLY_DAMAGED
from backend.errors import DamagedFile, TooManyPixels
from backend.geometry import Box

#: A page up to this many pixels is kept decoded; a larger one gets a pyramid.
KEEP_PIXELS = 16_000_000
#: Pixels of the small copy of a large page that serves overviews until the pyramid is there.
PREVIEW_PIXELS = 8_000_000
#: Seconds of an upload that are spent on decoding every page to find damage.
CHECK_SECONDS = 4.0
#: A longest side below this is told as a low resolution.
LOW_RESOLUTION_SIDE = 1500

_DAMAGED = "The picture is damaged or cut off and cannot be read. Export or scan it again."


class RasterDrawing:
    """One raster file, open."""

    def __init__(self, path: Path, format_name: str, limits: Limits) -> None:
        self._path = path
        self._format = format_name
        self._limits = limits
        self._tiff = tiff_pages(path, limits.pages) if format_name == "tiff" else []
        #: Where `canvases` leaves small copies of large pages, as `preview-{page}.part`.
        self.preview_folder: Path | None = None
        self._kept: tuple[int, VipsImage] | None = None
        self._preview: tuple[int, VipsImage] | None = None

    def canvases(self) -> list[Canvas]:
        """All pages; every page is decoded once, within a time, so that damage is told now."""
        count = len(self._tiff) or 1
        canvases = [self._canvas(page) for page in range(1, count + 1)]
        until = time.monotonic() + min(CHECK_SECONDS, self._limits.seconds / 2)
        for index, canvas in enumerate(canvases):
            if time.monotonic() > until:
                break
            if not self._decodes_cleanly(index + 1):
                notes = (*canvas.warnings, PARTLY_DAMAGED)
                canvases[index] = Canvas(
                    canvas.width, canvas.height, canvas.dpi, "none", None, notes
                )
        return canvases

    def render(self, page: int, canvas: Size, region: Box, size: Size) -> VipsImage:
        """As `OpenDrawing.render`."""
        source = self._source(page, canvas, max(size[0] / region.width, size[1] / region.height))
        return render_from(source, canvas, region, size)

    def text(self, page: int, canvas: Size) -> list[TextItem]:
        """Pixels carry no text; OCR is another layer."""
        return []

    def close(self) -> None:
        """Drop what is decoded."""
        self._kept = self._preview = None

    def full(self, page: int) -> VipsImage:
        """The whole page, normalised, to be read once from top to bottom."""
        return normalise(self._load(page))

    def _canvas(self, page: int) -> Canvas:
        if self._tiff:
            tiff = self._tiff[page - 1]
            width, height, dpi, turned = tiff.width, tiff.height, tiff.dpi, tiff.orientation > 4
        else:
            width, height, dpi, turned = self._header()
        if width * height > self._limits.pixels:
            raise TooManyPixels(
                f"Page {page} has {width}×{height} pixels; at most {self._limits.pixels:,} are "
                "read. Scan it at a lower resolution or split it."
            )
        if turned:
            width, height = height, width
        check_proportions(width, height, page, self._limits)
        notes: tuple[str, ...] = ()
        if max(width, height) < LOW_RESOLUTION_SIDE:
            notes = (LOW_RESOLUTION.format(page=page, width=width, height=height),)
        return Canvas(width, height, _known(dpi), "none", None, notes)

    def _header(self) -> tuple[int, int, float | None, bool]:
        if self._format == "bmp":
            with self._pillow() as bmp:
                density = bmp.info.get("dpi", (0.0, 0.0))[0]
                return bmp.width, bmp.height, float(density) or None, False
        image = self._open(1, "none", "sequential")
        turned = bool(image.get_typeof("orientation")) and image.get("orientation") > 4
        return image.width, image.height, image.xres * 25.4, turned

    def _decodes_cleanly(self, page: int) -> bool:
        """False when parts are damaged; raises `DamagedFile` when it is cut off."""
        if self._format == "bmp":
            self._load(page)
            return True
        # What libjpeg finds wrong between good data it only warns of.
        strict = "warning" if self._format == "jpeg" else "error"
        for fail_on in (strict, "truncated"):
            try:
                self._decode_once(page, fail_on)
            except pyvips.Error as error:
                if fail_on == "truncated":
                    raise DamagedFile(_DAMAGED) from error
            else:
                return fail_on == strict
        return False

    def _decode_once(self, page: int, fail_on: str) -> None:
        """Read every pixel; of a large page keep the small copy that this can give."""
        image = normalise(self._open(page, fail_on, "sequential"))
        turned = self._orientation(page, image) > 1
        if self.preview_folder is None or turned or image.width * image.height <= KEEP_PIXELS:
            image.avg()
            return
        size = _preview_size(image.width, image.height)
        target = self.preview_folder / f"preview-{page}.part"
        small = resize_exactly(image, size)
        small.tiffsave(str(target), tile=True, compression="deflate", level=1, keep="none")

    def _source(self, page: int, canvas: Size, scale: float) -> VipsImage:
        pixels = canvas[0] * canvas[1]
        if pixels <= KEEP_PIXELS:
            if self._kept is None or self._kept[0] != page:
                self._kept = (page, self.full(page).copy_memory())
            return self._kept[1]
        size = _preview_size(*canvas)
        if scale > size[0] / canvas[0]:
            return self.full(page)
        if self._preview is None or self._preview[0] != page:
            self._preview = (page, resize_exactly(self.full(page), size).copy_memory())
        return self._preview[1]

    def _load(self, page: int) -> VipsImage:
        if self._format == "bmp":
            return self._load_bmp()
        image = self._open(page, "truncated", "sequential")
        if self._orientation(page, image) > 1:
            # Turning reads out of order: decode to memory (or, when large, to a scratch file).
            image = self._open(page, "truncated", "random")
            if self._tiff:
                image = image.copy()
                image.set_type(
                    pyvips.GValue.gint_type, "orientation", self._tiff[page - 1].orientation
                )
            image = image.autorot()
        return image

    def _orientation(self, page: int, image: VipsImage) -> int:
        if self._tiff:
            return self._tiff[page - 1].orientation
        return int(image.get("orientation")) if image.get_typeof("orientation") else 1

    def _open(self, page: int, fail_on: str, access: str) -> VipsImage:
        name = str(self._path)
        options = {"fail_on": fail_on, "access": access}
        try:
            if self._format == "tiff":
                tiff: TiffPage = self._tiff[page - 1]
                return pyvips.Image.tiffload(name, page=tiff.directory, **options)
            if self._format == "png":
                return pyvips.Image.pngload(name, **options)
            if self._format == "webp":
                return pyvips.Image.webpload(name, **options)
            return pyvips.Image.jpegload(name, **options)
        except pyvips.Error as error:
            raise DamagedFile(_DAMAGED) from error

    def _pillow(self) -> PillowImage.Image:
        PillowImage.MAX_IMAGE_PIXELS = None  # the limit is ours, from the header
        try:
            return PillowImage.open(self._path, formats=["BMP"])
        except (OSError, ValueError) as error:
            raise DamagedFile(_DAMAGED) from error

    def _load_bmp(self) -> VipsImage:
        with warnings.catch_warnings(), self._pillow() as bmp:
            warnings.simplefilter("ignore")
            try:
                pixels = bmp.convert("RGB")
            except (OSError, ValueError, SyntaxError) as error:
                raise DamagedFile(_DAMAGED) from error
        image = pyvips.Image.new_from_memory(
            pixels.tobytes(), pixels.width, pixels.height, 3, "uchar"
        )
        return image.copy(interpretation="srgb")


def _preview_size(width: int, height: int) -> Size:
    factor = (PREVIEW_PIXELS / (width * height)) ** 0.5
    return max(1, round(width * factor)), max(1, round(height * factor))


def render_from(source: VipsImage, canvas: Size, region: Box, size: Size) -> VipsImage:
    """`region` of a page of which `source` is a copy, perhaps smaller than its canvas."""
    across, down = source.width / canvas[0], source.height / canvas[1]
    left, top = int(region.x * across), int(region.y * down)
    right = min(source.width, max(left + 1, round(region.right * across)))
    bottom = min(source.height, max(top + 1, round(region.bottom * down)))
    left, top = min(left, right - 1), min(top, bottom - 1)
    part = source.crop(left, top, right - left, bottom - top)
    return to_rgb(resize_exactly(part, size))


def _known(dpi: float | None) -> float | None:
    """Pixels per inch as a scanner states them; 72 and 96 are written where nothing is known."""
    if dpi is None or dpi <= 30 or round(dpi) in (72, 96):
        return None
    return dpi
