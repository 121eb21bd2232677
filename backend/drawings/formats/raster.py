"""Reads scans and photos: PNG, JPEG, WebP, TIFF (G4, BigTIFF, multi-page) and BMP.

The canvas is the image's own pixels, rotated once as its EXIF orientation requires. Sizes and pixel
counts come from headers. A page of ordinary size is kept decoded; a larger one is read in passes
that hold only a few rows.
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

#: Pages up to this many pixels are kept decoded; larger ones get a pyramid.
KEEP_PIXELS = 16_000_000
#: Pixels of the preview of a large page, which serves overviews until the pyramid is built.
PREVIEW_PIXELS = 8_000_000
#: Seconds an upload may spend on decoding every page to find damage.
CHECK_SECONDS = 4.0
#: A page whose longest side is below this gets a low-resolution warning.
LOW_RESOLUTION_SIDE = 1500

_DAMAGED = "The image is damaged or cut off and cannot be read. Export or scan it again."


class RasterDrawing:
    """An open raster file."""

    def __init__(self, path: Path, format_name: str, limits: Limits) -> None:
        self._path = path
        self._format = format_name
        self._limits = limits
        self._tiff = tiff_pages(path, limits.pages) if format_name == "tiff" else []
        #: Folder where `canvases` writes previews of large pages, as `preview-{page}.part`.
        self.preview_folder: Path | None = None
        self._kept: tuple[int, VipsImage] | None = None
        self._preview: tuple[int, VipsImage] | None = None

    def canvases(self) -> list[Canvas]:
        """All pages. Each is decoded once, within a time limit, so that damage is found at
        upload."""
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
        """Raster files have no text; OCR runs separately."""
        return []

    def close(self) -> None:
        """Drop the decoded page."""
        self._kept = self._preview = None

    def full(self, page: int) -> VipsImage:
        """The whole page, normalised, for a single pass from top to bottom."""
        return normalise(self._load(page))

    def _canvas(self, page: int) -> Canvas:
        if self._tiff:
            tiff = self._tiff[page - 1]
            width, height, dpi, turned = tiff.width, tiff.height, tiff.dpi, tiff.orientation > 4
        else:
            width, height, dpi, turned = self._header()
        if width * height > self._limits.pixels:
            raise TooManyPixels(
                f"Page {page} has {width}×{height} pixels; the limit is {self._limits.pixels:,}. "
                "Scan it at a lower resolution or split it."
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
        """Return False if parts are damaged; raise `DamagedFile` if the file is cut off."""
        if self._format == "bmp":
            self._load(page)
            return True
        # libjpeg only warns about errors between valid data.
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
        """Read every pixel; for a large page, keep the preview this produces."""
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
            # Rotation reads out of order: decode to memory, or to a scratch file if large.
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
        PillowImage.MAX_IMAGE_PIXELS = None  # the limit is checked here, from the header
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
    """`region` of a page from `source`, a copy that may be smaller than the canvas."""
    across, down = source.width / canvas[0], source.height / canvas[1]
    left, top = int(region.x * across), int(region.y * down)
    right = min(source.width, max(left + 1, round(region.right * across)))
    bottom = min(source.height, max(top + 1, round(region.bottom * down)))
    left, top = min(left, right - 1), min(top, bottom - 1)
    part = source.crop(left, top, right - left, bottom - top)
    return to_rgb(resize_exactly(part, size))


def _known(dpi: float | None) -> float | None:
    """Pixels per inch as stated by a scanner; 72 and 96 are placeholders for an unknown value."""
    if dpi is None or dpi <= 30 or round(dpi) in (72, 96):
        return None
    return dpi
