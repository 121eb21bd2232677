/**
 * The outlines and names of the sheet's parts. Clicking a line or name asks about the part; inside
 * an outline the sheet can still be moved and zoomed.
 */
import type { JSX } from "preact";

import { t } from "../i18n";
import { type Box, boxOnScreen } from "../viewer/geometry";
import type { ViewerModel } from "../viewer/viewer_model";
import { askAboutPart, type Part, shownParts, titleOf } from "./sheet_map";
import "./map.css";

/** The distance between a part and its outline, in CSS pixels. */
const MARGIN = 6;
/** The height of a name, in CSS pixels. */
const HEIGHT = 24;
/** How much of a name stays visible when its part is moved away, in CSS pixels. */
const KEPT = 60;

export function MapOutlines({ model }: { model: ViewerModel }): JSX.Element | null {
  if (shownParts.value.length === 0) return null;
  const ask = (part: Part): void => {
    askAboutPart(part);
    model.say(t("map.attached", { name: part.name }));
  };
  return (
    <>
      <svg class="map-shapes" aria-hidden="true">
        {shownParts.value.map((part) => (
          <Shape key={part.id} part={part} model={model} ask={ask} />
        ))}
      </svg>
      {shownParts.value.map((part) => (
        <Name key={part.id} part={part} model={model} ask={ask} />
      ))}
    </>
  );
}

interface Props {
  part: Part;
  model: ViewerModel;
  ask: (part: Part) => void;
}

function placeOf(part: Part, model: ViewerModel): Box {
  const [x, y, width, height] = boxOnScreen(model.camera.matrix.value, part.box);
  return [x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN];
}

function Shape({ part, model, ask }: Props): JSX.Element {
  const [x, y, width, height] = placeOf(part, model);
  const place = { x, y, width, height };
  return (
    <g class={`map-${part.kind}`}>
      <rect class="map-halo" {...place} />
      <rect class="map-line" {...place} />
      <rect class="map-edge" {...place} onClick={() => ask(part)} />
    </g>
  );
}

function Name({ part, model, ask }: Props): JSX.Element {
  const { width, height } = model.camera.room;
  const [left, top, wide, high] = placeOf(part, model);
  const away = left + wide < 0 || top + high < 0 || left > width || top > height;
  // Above the outline, or inside if there is no room above.
  const above = top > HEIGHT ? top - HEIGHT : top;
  const place = {
    left: `${Math.max(0, Math.min(left, width - KEPT))}px`,
    top: `${Math.max(0, Math.min(above, height - HEIGHT))}px`,
  };
  return (
    <button
      type="button"
      class={`map-name map-${part.kind}${away ? " map-away" : ""}`}
      style={place}
      title={t("map.part", { name: titleOf(part) })}
      aria-label={t("map.part", { name: titleOf(part) })}
      onFocus={() => {
        if (away) model.show(part.box);
      }}
      onClick={() => ask(part)}
    >
      {titleOf(part)}
    </button>
  );
}
