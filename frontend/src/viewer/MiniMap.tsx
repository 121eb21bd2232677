/** A small overview of the sheet with the visible part; dragging moves the view. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";

import { t } from "../i18n";
import { corners, type Point, toCanvas } from "./geometry";
import { thumbnailUrl } from "./iiif";
import type { ViewerModel } from "./viewer_model";

/** The longer side, in CSS pixels. */
const SIDE = 180;

export function MiniMap({ model }: { model: ViewerModel }): JSX.Element | null {
  const map = useRef<SVGSVGElement>(null);
  const matrix = model.camera.matrix.value;
  const sheet = model.view.current;
  if (!model.miniMap.value || model.view.state.value.name !== "open" || sheet === null) return null;
  const { room } = model.camera;
  const view = corners([0, 0, room.width, room.height]).map((point) => toCanvas(matrix, point));
  if (holdsSheet(view, sheet)) return null;
  const scale = SIDE / Math.max(sheet.width, sheet.height);
  const moveTo = (event: PointerEvent): void => {
    const place = map.current?.getBoundingClientRect();
    if (!place || event.buttons === 0) return;
    const point = {
      x: ((event.clientX - place.left) / place.width) * sheet.width,
      y: ((event.clientY - place.top) / place.height) * sheet.height,
    };
    model.camera.panTo(point, event.type === "pointermove");
  };
  return (
    <div
      class="viewer-minimap"
      title={t("viewer.miniMapHint")}
      aria-hidden="true"
      style={{ width: `${sheet.width * scale}px`, height: `${sheet.height * scale}px` }}
    >
      <img src={thumbnailUrl(sheet.drawing, sheet.page, SIDE * 2)} alt="" draggable={false} />
      <svg
        ref={map}
        viewBox={`0 0 ${sheet.width} ${sheet.height}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          moveTo(event);
        }}
        onPointerMove={moveTo}
      >
        <polygon points={view.map(({ x, y }) => `${x},${y}`).join(" ")} />
      </svg>
    </div>
  );
}

/** Whether the whole sheet is in view, so that no overview is needed. */
function holdsSheet(view: Point[], sheet: { width: number; height: number }): boolean {
  const xs = view.map((point) => point.x);
  const ys = view.map((point) => point.y);
  return (
    Math.min(...xs) <= 0 &&
    Math.min(...ys) <= 0 &&
    Math.max(...xs) >= sheet.width &&
    Math.max(...ys) >= sheet.height
  );
}
