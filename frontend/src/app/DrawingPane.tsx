/** The drawing's side: where to drop one, or the viewer, which is loaded with the first drawing. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { drawings } from "../store";
import { NoDrawing } from "../library/NoDrawing";

const viewer = signal<{ DrawingViewer: ComponentType } | null>(null);

export function DrawingPane() {
  useEffect(() => {
    // Not needed for the first picture of the page, but soon.
    void import("./DrawingViewer").then((loaded) => (viewer.value = loaded));
  }, []);
  if (drawings.value.length === 0) return <NoDrawing />;
  const loaded = viewer.value;
  return loaded && <loaded.DrawingViewer />;
}
