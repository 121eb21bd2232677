/** Shows the zone of a place in the sheet's frame, such as C4. */
import type { JSX } from "preact";

import { t } from "../i18n";
import { type Box, inside, toCanvas } from "./geometry";
import { shownSheet } from "./shown_sheet";
import type { ViewerModel } from "./viewer_model";
import { zoneAt } from "./zones";

/** The zone of a box on the page shown; nothing if the frame has no zones. */
export function Zone({ model, box }: { model: ViewerModel; box: Box }): JSX.Element | null {
  const zones = model.zones.value;
  const zone = zones && zoneAt(zones, box);
  return zone ? <span class="viewer-zone">{t("viewer.zone", { zone })}</span> : null;
}

/** The zone under the pointer; hidden from screen readers, which have no pointer. */
export function PointerZone({ model }: { model: ViewerModel }): JSX.Element | null {
  const sheet = shownSheet();
  const zones = model.zones.value;
  const pointer = model.pointer.value;
  if (!sheet || !zones || pointer === null) return null;
  const { x, y } = toCanvas(model.camera.matrix.value, pointer);
  const zone = inside(sheet, { x, y }) && zoneAt(zones, [x, y, 0, 0]);
  if (!zone) return null;
  return (
    <span class="viewer-zone" aria-hidden="true">
      {t("viewer.zone", { zone })}
    </span>
  );
}
