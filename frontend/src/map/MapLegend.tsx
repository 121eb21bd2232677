/** The legend of the sheet map; each kind of part can be hidden. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { isNarrow } from "../app/controls/breakpoints";
import { ProblemWithRetry } from "../app/controls/ProblemWithRetry";
import { number, plural, t } from "../i18n";
import { activeDrawing, activePage, mapHidden, mapShown, setMapShown } from "../store";
import { ViewerButton, ViewerIcon } from "../viewer/ViewerButton";
import { finding, loadMap, PART_KINDS, parts, problem, toggleKind } from "./sheet_map";
import "./map.css";

export function MapLegend(): JSX.Element | null {
  // Collapsed on narrow pages, to leave room for the sheet.
  const [open, setOpen] = useState(() => !isNarrow());
  if (!mapShown.value) return null;
  const counts = PART_KINDS.map(
    (kind) => [kind, parts.value.filter((part) => part.kind === kind).length] as const,
  ).filter(([, count]) => count > 0);
  return (
    <section class="map-legend" aria-label={t("map.toggle")}>
      <div class="map-head">
        <button type="button" class="map-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <ViewerIcon name={open ? "up" : "down"} />
          {t("map.toggle")}
        </button>
        <ViewerButton icon="close" label={t("map.close")} onClick={() => setMapShown(false)} />
      </div>
      {!open ? null : problem.value !== null ? (
        <ProblemWithRetry problem={problem.value} retry={() => void loadMap()} />
      ) : (
        <p class="map-words" role="status">
          {words()}
        </p>
      )}
      {open && counts.length > 0 && (
        <ul class="map-kinds">
          {counts.map(([kind, count]) => (
            <li key={kind}>
              <label>
                <input
                  type="checkbox"
                  checked={!mapHidden.value.includes(kind)}
                  onChange={() => toggleKind(kind)}
                />
                <span class={`map-swatch map-${kind}`} aria-hidden="true" />
                <span class="map-kind">{t(`map.kind.${kind}`)}</span>
                <span class="map-count">{number(count)}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function words(): string {
  const page = activeDrawing.value?.pages.find((known) => known.number === activePage.value);
  if (activeDrawing.value?.pages.some((known) => known.reading)) return t("map.reading");
  if (finding.value) return t("map.finding");
  if (page === undefined || parts.value.length === 0) return t("map.empty");
  return plural("map.found", parts.value.length);
}
