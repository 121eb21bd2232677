/**
 * The numbered balloons over the sheet. Each selects its table row and can be moved by pointer or
 * arrow keys. Shown only beside the dimensions table.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Balloon } from "../api/types";
import { t } from "../i18n";
import { side } from "../store";
import { directionToCanvas, type Point, scaleOf, toScreen } from "../viewer/geometry";
import type { ViewerModel } from "../viewer/viewer_model";
import { balloons, choose, chosen, moveBalloon, table } from "./drawing_tables";

/** The distance of an arrow key, in screen pixels. */
const STEP = 8;
/** Shorter drags count as clicks, in screen pixels. */
const SLIP = 4;
const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

export function Balloons({ model }: { model: ViewerModel }): JSX.Element | null {
  if (side.value !== "data" || table.value?.kind !== "dimensions") return null;
  return (
    <>
      {balloons.value.map((balloon) => (
        <One key={balloon.row} balloon={balloon} model={model} />
      ))}
    </>
  );
}

function One({ balloon, model }: { balloon: Balloon; model: ViewerModel }): JSX.Element | null {
  const [drag, setDrag] = useState<Point | null>(null);
  const matrix = model.camera.matrix.value;
  const row = table.value?.rows.find((one) => one.id === balloon.row);
  if (row === undefined) return null;
  const at = toScreen(matrix, balloon);
  const middle = { x: at.x + (drag?.x ?? 0), y: at.y + (drag?.y ?? 0) };
  const target = toScreen(matrix, { x: balloon.target[0], y: balloon.target[1] });
  const radius = Math.max(9, balloon.radius * scaleOf(matrix));
  const moveBy = (way: Point): void => {
    const { x, y } = directionToCanvas(matrix, way);
    void moveBalloon(balloon, { x: balloon.x + x, y: balloon.y + y }).then(() => {
      model.say(t("data.balloonMoved", { number: balloon.number }));
    });
  };
  const keys = (event: KeyboardEvent): void => {
    const way = ARROWS[event.key];
    if (way !== undefined) moveBy(way);
    else if (event.key === "Delete" || event.key === "Backspace") {
      void moveBalloon(balloon, null).then(() => {
        model.say(t("data.balloonBack", { number: balloon.number }));
      });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const press = (event: PointerEvent): void => {
    const button = event.currentTarget as HTMLElement;
    const from = { x: event.clientX, y: event.clientY };
    const way = (now: PointerEvent): Point => ({
      x: now.clientX - from.x,
      y: now.clientY - from.y,
    });
    button.setPointerCapture(event.pointerId);
    button.onpointermove = (now) => setDrag(way(now));
    const end = (now: PointerEvent | null): void => {
      button.onpointermove = button.onpointerup = button.onpointercancel = null;
      setDrag(null);
      if (now !== null && Math.hypot(way(now).x, way(now).y) > SLIP) moveBy(way(now));
      else if (now !== null) choose(row, false);
    };
    button.onpointerup = end;
    button.onpointercancel = () => end(null);
    event.stopPropagation();
  };
  return (
    <>
      <svg class="viewer-shapes data-leader" aria-hidden="true">
        <line x1={middle.x} y1={middle.y} x2={target.x} y2={target.y} />
      </svg>
      <button
        type="button"
        class={`data-balloon${chosen.value === balloon.row ? " data-balloon-chosen" : ""}`}
        style={{
          left: `${middle.x - radius}px`,
          top: `${middle.y - radius}px`,
          width: `${2 * radius}px`,
          fontSize: `${radius}px`,
        }}
        aria-label={t("data.balloon", {
          number: balloon.number,
          text: row.cells["text"]?.value ?? "",
        })}
        onPointerDown={press}
        onKeyDown={keys}
        onClick={() => choose(row, false)}
      >
        {balloon.number}
      </button>
    </>
  );
}

/** Outlines around the places of the other tables' rows; each selects its row. */
export function Places({ model }: { model: ViewerModel }): JSX.Element | null {
  const shown = table.value;
  if (side.value !== "data" || shown === null || shown.kind === "dimensions") return null;
  const sheet = model.view.current;
  const matrix = model.camera.matrix.value;
  return (
    <>
      {shown.rows.map((row) => {
        if (row.box === null || row.page !== sheet?.page) return null;
        const [x, y, w, h] = row.box;
        const from = toScreen(matrix, { x, y });
        const to = toScreen(matrix, { x: x + w, y: y + h });
        const place = {
          left: `${Math.min(from.x, to.x) - 3}px`,
          top: `${Math.min(from.y, to.y) - 3}px`,
          width: `${Math.abs(to.x - from.x) + 6}px`,
          height: `${Math.abs(to.y - from.y) + 6}px`,
        };
        const text = row.cells["value"]?.value ?? row.cells["text"]?.value ?? "";
        return (
          <button
            key={row.id}
            type="button"
            tabIndex={-1}
            class={`data-place data-place-${row.cells["kind"]?.value ?? "row"}${
              chosen.value === row.id ? " data-place-chosen" : ""
            }`}
            style={place}
            aria-label={t("data.place", { text })}
            onClick={() => choose(row, false)}
          />
        );
      })}
    </>
  );
}
