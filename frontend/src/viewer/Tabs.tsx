/** The tabs of the open drawings, if there are several. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { t } from "../i18n";
import { activeDrawing, closeDrawing, drawings } from "../store";
import { ViewerButton } from "./ViewerButton";
import type { ViewerModel } from "./viewer_model";

export function Tabs({ model }: { model: ViewerModel }): JSX.Element | null {
  const tabs = useRef<HTMLElement>(null);
  const active = activeDrawing.value?.id;
  useEffect(() => {
    const tab = tabs.current?.querySelector(".viewer-tab-shown");
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active, drawings.value.length]);
  if (drawings.value.length < 2) return null;
  return (
    <nav class="viewer-tabs" ref={tabs} aria-label={t("viewer.tabs")}>
      {drawings.value.map((drawing) => {
        const shown = drawing.id === active;
        return (
          <span key={drawing.id} class={shown ? "viewer-tab viewer-tab-shown" : "viewer-tab"}>
            <button
              type="button"
              class="viewer-button"
              title={drawing.name}
              aria-current={shown ? "true" : undefined}
              onClick={() => model.showDrawing(drawing.id)}
            >
              <span class="viewer-name">{drawing.name}</span>
            </button>
            <ViewerButton
              icon="close"
              label={t("viewer.closeTab", { name: drawing.name })}
              onClick={() => closeDrawing(drawing.id)}
            />
          </span>
        );
      })}
    </nav>
  );
}
