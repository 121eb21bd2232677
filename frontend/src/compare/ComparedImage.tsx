/**
 * Shows both sheets overlaid, old in red and new in blue, or side by side. Only the visible part of
 * each sheet is loaded, so that it stays sharp.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { JSX } from "preact";

import { imageAddress } from "../api/addresses";
import type { Box } from "../api/schema";
import type { ComparedSheet, Comparison } from "../api/types";
import { t } from "../i18n";
import { chosen, showBox, visibleBox } from "./comparison";
import { below, covered, matrixOf, whole, zoomed } from "./windows";

/** The longer side of a loaded image, in pixels. */
const SIDE = 1600;
const ZOOM = 1.6;
const VIEWS = ["overlay", "sides"] as const;

const chosenView = signal<(typeof VIEWS)[number]>("overlay");
export const view: ReadonlySignal<(typeof VIEWS)[number]> = chosenView;

export function ComparedImage({ found }: { found: Comparison }): JSX.Element {
  const window = visibleBox.value ?? whole(found.new);
  return (
    <div class="compare-image">
      <Controls found={found} window={window} />
      {view.value === "overlay" ? (
        <Overlay found={found} window={window} />
      ) : (
        <Sides found={found} window={window} />
      )}
    </div>
  );
}

interface Props {
  found: Comparison;
  window: Box;
}

function Controls({ found, window }: Props): JSX.Element {
  const zoom = (factor: number): void => {
    showBox(zoomed(window, factor, found.new));
  };
  return (
    <div class="compare-controls">
      <span role="group" aria-label={t("compare.view")}>
        {VIEWS.map((one) => (
          <button
            key={one}
            type="button"
            class="button"
            aria-pressed={view.value === one}
            onClick={() => (chosenView.value = one)}
          >
            {t(`compare.view.${one}`)}
          </button>
        ))}
      </span>
      <span>
        <button
          type="button"
          class="button"
          aria-label={t("compare.zoomOut")}
          onClick={() => zoom(1 / ZOOM)}
        >
          −
        </button>
        <button
          type="button"
          class="button"
          aria-label={t("compare.zoomIn")}
          onClick={() => zoom(ZOOM)}
        >
          +
        </button>
        <button type="button" class="button" onClick={() => showBox(whole(found.new))}>
          {t("compare.whole")}
        </button>
      </span>
    </div>
  );
}

function Overlay({ found, window }: Props): JSX.Element {
  const { matrix } = found.alignment;
  return (
    <svg
      class="compare-sheet"
      viewBox={window.join(" ")}
      role="img"
      aria-label={t("compare.overlay")}
    >
      <filter id="compare-red" color-interpolation-filters="sRGB">
        <feColorMatrix values={tint(0.86, 0.1, 0.1)} />
      </filter>
      <filter id="compare-blue" color-interpolation-filters="sRGB">
        <feColorMatrix values={tint(0.08, 0.25, 0.9)} />
      </filter>
      <g transform={`matrix(${matrix.join(" ")})`}>
        <Part sheet={found.old} box={below(window, matrixOf(matrix))} filter="url(#compare-red)" />
      </g>
      <Part sheet={found.new} box={window} filter="url(#compare-blue)" />
      <Frame found={found} which="new" />
    </svg>
  );
}

/** A colour matrix that maps black to this colour and keeps white, by luminance (ITU-R BT.709). */
function tint(...colour: number[]): string {
  const row = (ink: number): string =>
    `${[0.2126, 0.7152, 0.0722].map((share) => share * (1 - ink)).join(" ")} 0 ${ink}`;
  return [...colour.map(row), "0 0 0 1 0"].join(" ");
}

function Sides({ found, window }: Props): JSX.Element {
  const boxes = { old: below(window, matrixOf(found.alignment.matrix)), new: window };
  return (
    <div class="compare-sides">
      {(["old", "new"] as const).map((which) => (
        <svg
          key={which}
          class="compare-sheet"
          viewBox={boxes[which].join(" ")}
          role="img"
          aria-label={t(`compare.image.${which}`)}
        >
          <Part sheet={found[which]} box={boxes[which]} />
          <Frame found={found} which={which} />
        </svg>
      ))}
    </div>
  );
}

function Part({
  sheet,
  box,
  filter,
}: {
  sheet: ComparedSheet;
  box: Box;
  filter?: string;
}): JSX.Element | null {
  const part = covered(box, sheet);
  if (part === null) return null;
  const [x, y, width, height] = part;
  const scale = SIDE / Math.max(width, height);
  const size = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  const [wide = 1, high = 1] = size;
  return (
    <image
      class="compare-part"
      x={x}
      y={y}
      width={width}
      height={height}
      preserveAspectRatio="none"
      href={imageAddress(sheet.drawing, sheet.page, part, wide, high)}
      {...(filter && { filter })}
    />
  );
}

/** The frame around the selected change. */
function Frame({ found, which }: { found: Comparison; which: "old" | "new" }): JSX.Element | null {
  const change = chosen.value === null ? undefined : found.changes[chosen.value];
  if (!change) return null;
  const [x, y, w, h] = change[which].box;
  const margin = Math.min(w, h) / 4;
  return (
    <rect
      class="compare-frame"
      x={x - margin}
      y={y - margin}
      width={w + 2 * margin}
      height={h + 2 * margin}
    />
  );
}
