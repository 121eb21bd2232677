/** Names a place by the field of the sheet's frame, as people call it to each other. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { t } from "../i18n";
import { activeDrawing, activePage } from "../store";
import { type Box, inside, toCanvas } from "./geometry";
import type { ViewerModel } from "./viewer_model";
import { fetchZones, type Zones, zoneAt } from "./zones";

/** The zone of a box on a page; nothing where the frame has none. */
export function Zone({ place }: { place: { drawing: string; page: number; box: Box } }): JSX.Element | null {
  const zones = useZones(place.drawing, place.page);
  const zone = zones && zoneAt(zones, place.box);
  return zone ? <span class="viewer-zone">{t("viewer.zone", { zone })}</span> : null;
}

/** The zone under the pointer, for the eyes alone: who uses no pointer has no place to name. */
export function PointerZone({ model }: { model: ViewerModel }): JSX.Element | null {
  const drawing = activeDrawing.value;
  const page = drawing?.pages.find((known) => known.number === activePage.value);
  const zones = useZones(drawing?.id ?? null, activePage.value);
  const pointer = model.pointer.value;
  if (!page || !zones || pointer === null) return null;
  const { x, y } = toCanvas(model.camera.matrix.value, pointer);
  const zone = inside(page, { x, y }) && zoneAt(zones, [x, y, 0, 0]);
  if (!zone) return null;
  return (
    <span class="viewer-zone" aria-hidden="true">
      {t("viewer.zone", { zone })}
    </span>
  );
}

function useZones(drawing: string | null, page: number): Zones | null {
  const [zones, setZones] = useState<Zones | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    setZones(null);
    if (drawing !== null) {
      fetchZones(drawing, page, leaving.signal).then(setZones, () => undefined); // only a comfort
    }
    return () => leaving.abort();
  }, [drawing, page]);
  return zones;
}
