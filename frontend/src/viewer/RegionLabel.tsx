/** The label of an attached region: its number and its actions. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { t } from "../i18n";
import { boxOnScreen } from "./geometry";
import { ViewerButton } from "./ViewerButton";
import type { RegionMark, ViewerModel } from "./viewer_model";

/** The maximum size of a label, in CSS pixels. */
const HEIGHT = 46;

export function RegionLabel({
  model,
  mark,
}: {
  model: ViewerModel;
  mark: RegionMark;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  const [left, corner] = boxOnScreen(model.camera.matrix.value, mark.box);
  // Above the region, or inside if there is no room above.
  const above = corner > HEIGHT;
  const [x, y, w, h] = mark.box;
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Delete" || event.key === "Backspace") model.remove(mark);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class={`viewer-label viewer-region-label${above ? " viewer-above" : ""}`}
      style={{ left: `${left}px`, top: `${corner}px` }}
      onKeyDown={keys}
    >
      <button
        type="button"
        class="viewer-number"
        aria-expanded={open}
        aria-label={`${t("viewer.regionNumber", { number: mark.number })}: ${t("viewer.regionSize", { x, y, w, h })}`}
        onClick={() => setOpen(!open)}
      >
        {mark.number}
      </button>
      {open && (
        <>
          <ViewerButton
            icon="copy"
            label={t("viewer.copyText")}
            onClick={() => void model.copyTextIn(mark.box)}
          />
          <ViewerButton
            icon="fit"
            label={t("viewer.showRegion")}
            onClick={() => model.show(mark.box)}
          />
          <ViewerButton
            icon="remove"
            label={t("viewer.removeRegion")}
            keys="Delete"
            onClick={() => model.remove(mark)}
          />
        </>
      )}
    </div>
  );
}
