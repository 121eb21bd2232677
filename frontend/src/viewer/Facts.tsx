/** Facts about the sheet: format, size, resolution, text source, warnings. */
import type { ComponentChildren, JSX } from "preact";
import type { PageInfo } from "../api/types";
import { number, plural, t, tCoded } from "../i18n";
import { activeDrawing, activePage } from "../store";
import { millimetres, scaleBar, scaleOf } from "./geometry";
import type { ViewerModel } from "./viewer_model";

/** `children`: the pointer's zone, at the end. */
export function Facts({ children }: { children?: ComponentChildren }): JSX.Element | null {
  const drawing = activeDrawing.value;
  const page = drawing?.pages.find((known) => known.number === activePage.value);
  if (!drawing || !page) return null;
  const format = formatOf(drawing.media_type);
  const facts = [format, page.label ?? "", ...sizes(page), text(page)].filter(Boolean);
  return (
    <div class="viewer-facts">
      <span class="viewer-name" title={drawing.name}>
        {drawing.name}
      </span>
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
      {drawing.warnings.length > 0 && (
        <details class="viewer-warnings">
          <summary>{plural("viewer.warnings", drawing.warnings.length)}</summary>
          <ul>
            {drawing.warnings.map((warning, at) => (
              <li key={warning}>{tCoded("warning", warning, drawing.warning_codes?.[at])}</li>
            ))}
          </ul>
        </details>
      )}
      {children}
    </div>
  );
}

/** Common names of media types. */
const FORMATS: Record<string, string> = {
  "application/pdf": "PDF",
  "application/vnd.hp-hpgl": "HPGL/2",
  "image/svg+xml": "SVG",
};

function formatOf(mediaType: string): string {
  return FORMATS[mediaType] ?? mediaType.replace(/^image\/(vnd\.)?/, "").toUpperCase();
}

/** The long and short sides of ISO 216 sizes, in millimetres. */
const PAPERS: [string, number, number][] = [
  ["A0", 1189, 841],
  ["A1", 841, 594],
  ["A2", 594, 420],
  ["A3", 420, 297],
  ["A4", 297, 210],
];
/** The tolerance for scanners and exporters, in millimetres. */
const NEARLY = 3;

function paperName(width: number, height: number): string {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const near = (one: number, other: number): boolean => Math.abs(one - other) <= NEARLY;
  return PAPERS.find(([, most, least]) => near(long, most) && near(short, least))?.[0] ?? "";
}

function sizes({ width, height, dpi }: PageInfo): string[] {
  const pixels = t("viewer.pixels", { width: number(width), height: number(height) });
  if (!dpi) return [pixels];
  const [wide, high] = [millimetres(width, dpi), millimetres(height, dpi)];
  const paper = t("viewer.paper", { width: number(wide), height: number(high) });
  const sheet = `${paperName(wide, high)} ${paper}`.trim();
  return [pixels, sheet, t("viewer.dpi", { dpi: number(dpi) })];
}

function text(page: PageInfo): string {
  if (page.reading) return t("viewer.readingText");
  if (page.text_source === "vector") return t("viewer.exactText");
  return t(page.text_source === "ocr" ? "viewer.ocrText" : "viewer.noText");
}

/** The maximum length of the scale bar, in CSS pixels. */
const ROOM = 140;

export function ScaleBar({ model }: { model: ViewerModel }): JSX.Element | null {
  const page = activeDrawing.value?.pages.find((known) => known.number === activePage.value);
  if (!page?.dpi || model.view.state.value.name !== "open") return null;
  const perPixel = millimetres(1, page.dpi) / scaleOf(model.camera.matrix.value);
  const bar = scaleBar(perPixel, ROOM);
  return (
    <div class="viewer-scalebar">
      <span style={{ width: `${bar.pixels}px` }} />
      {t("viewer.scaleBar", { length: number(bar.length, 2) })}
    </div>
  );
}
