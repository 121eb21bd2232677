/** The drawing pane: an upload prompt, or the viewer, which is loaded on demand. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { NoDrawing } from "../library/NoDrawing";
import { drawings } from "../store";

const viewer = signal<{ DrawingViewer: ComponentType } | null>(null);

export function DrawingPane() {
  useEffect(() => {
    // Not needed for the first paint, but soon after.
    void import("./DrawingViewer").then((loaded) => (viewer.value = loaded));
  }, []);
  if (drawings.value.length === 0) return <NoDrawing />;
  const loaded = viewer.value;
  return loaded && <loaded.DrawingViewer />;
}
