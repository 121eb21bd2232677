/** A stand-in for the sheet view in tests. */
import { signal } from "@preact/signals";

import type { Stance } from "../../src/viewer/camera";
import { type Box, matrixFromCorners } from "../../src/viewer/geometry";
import type { DragHandler, Sheet, SheetState } from "../../src/viewer/sheet_view";

/** The view without OpenSeadragon: a stage of 500 by 250 that shows the sheet at half size, and notes what it is told. */
export class FakeView {
  static made: FakeView;
  readonly stage = document.createElement("div");
  readonly state = signal<SheetState>({ name: "empty" });
  readonly opened: { sheet: Sheet; stance: Stance | null }[] = [];
  readonly calls: string[] = [];
  current: Sheet | null = null;
  drag: DragHandler | null = null;
  readonly camera = {
    matrix: signal(
      matrixFromCorners(
        { width: 1000, height: 500 },
        { x: 0, y: 0 },
        { x: 500, y: 0 },
        { x: 0, y: 250 },
      ),
    ),
    room: { width: 500, height: 250 },
    stance: { middle: { x: 0.2, y: 0.1 }, zoom: 3, rotation: 0, aim: null },
    flyTo: (box: Box) => this.calls.push(`fly ${box.map(Math.round).join(" ")}`),
    panBy: (x: number, y: number) => this.calls.push(`pan ${x} ${y}`),
    zoomBy: (factor: number) => this.calls.push(`zoom ${factor.toFixed(2)}`),
    rotateBy: (degrees: number) => this.calls.push(`rotate ${degrees}`),
    fit: () => this.calls.push("fit"),
  };

  constructor() {
    FakeView.made = this;
  }

  open(sheet: Sheet, stance: Stance | null): Promise<boolean> {
    this.opened.push({ sheet, stance });
    this.current = sheet;
    return Promise.resolve(true);
  }

  close(): void {
    this.current = null;
  }

  destroy(): void {
    this.calls.push("destroy");
  }

  onDrag(handler: DragHandler): void {
    this.drag = handler;
  }
}
