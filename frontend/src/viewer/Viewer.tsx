/**
 * The drawing viewer: tabs, buttons, the sheet with what is drawn over it, pages, facts.
 * Talks to the rest of the page through the store only.
 */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { number, t } from "../i18n";
import { MapLegend } from "../map/MapLegend";
import { followMap } from "../map/sheet_map";
import { activeDrawing, activePage, type DrawingInfo, regionMode } from "../store";
import { perform } from "./actions";
import { Facts, ScaleBar } from "./Facts";
import { followFullScreen } from "./full_screen";
import { actionOf, isPressed, takesKeys } from "./keyboard";
import { MiniMap } from "./MiniMap";
import { Notes } from "./Notes";
import { Overlay } from "./Overlay";
import { PageStrip } from "./PageStrip";
import { SearchBar } from "./SearchBar";
import { Tabs } from "./Tabs";
import { Toolbar } from "./Toolbar";
import { ViewerModel } from "./viewer_model";
import { PointerZone } from "./Zone";
import "./viewer.css";
import "./stage.css";
import "./pages.css";

/** `children` stand in while no drawing is open. */
export function Viewer({ children }: { children?: ComponentChildren }): JSX.Element {
  const drawing = activeDrawing.value;
  return drawing === null ? <>{children}</> : <OpenViewer drawing={drawing} />;
}

function OpenViewer({ drawing }: { drawing: DrawingInfo }): JSX.Element {
  const stage = useRef<HTMLDivElement>(null);
  const [model, setModel] = useState<ViewerModel | null>(null);
  useEffect(() => {
    if (stage.current === null) return undefined;
    const made = new ViewerModel(stage.current);
    const leave = followFullScreen();
    setModel(made);
    return () => {
      leave();
      made.destroy();
    };
  }, []);

  useEffect(followMap, []);

  const keys = (event: KeyboardEvent): void => {
    if (model === null || event.defaultPrevented || takesKeys(event.target)) return;
    const action = actionOf(event);
    if (action === null || (action === "accept" && isPressed(event.target))) return;
    if (perform(model, action, event.shiftKey)) event.preventDefault();
  };
  const stageClass = [
    "viewer-sheet",
    regionMode.value && "viewer-marking",
    model?.inverted.value && "viewer-inverted",
  ];
  const page = number(activePage.value);

  return (
    <section class="viewer" aria-label={t("viewer.label")} onKeyDown={keys}>
      {model && <Tabs model={model} />}
      {model && <Toolbar model={model} />}
      <div
        class="viewer-stage"
        onPointerMoveCapture={(event) => model?.pointAt(event)}
        onPointerLeave={() => model?.pointAt(null)}
      >
        <div
          ref={stage}
          class={stageClass.filter(Boolean).join(" ")}
          role="application"
          tabIndex={0}
          aria-label={t("viewer.stage", { page, name: drawing.name })}
          onPointerDown={(event) => event.currentTarget.focus({ preventScroll: true })}
        />
        {model && (
          <>
            <Overlay model={model} />
            <ScaleBar model={model} />
            <MiniMap model={model} />
            <div class="viewer-top">
              {model.searchOpen.value && <SearchBar model={model} />}
              <MapLegend />
              <Notes model={model} />
            </div>
            <Said model={model} />
          </>
        )}
      </div>
      <PageStrip />
      <Facts>{model && <PointerZone model={model} />}</Facts>
    </section>
  );
}

/** What a screen reader is told: the page, what happened, where the rectangle is. */
function Said({ model }: { model: ViewerModel }): JSX.Element {
  const draft = model.regions.draft.value?.map(Math.round);
  const [x = 0, y = 0, w = 0, h = 0] = draft ?? [];
  return (
    <>
      <p class="viewer-offscreen" role="status">
        {draft === undefined ? model.said.value : t("viewer.regionSize", { x, y, w, h })}
      </p>
      <p class="viewer-offscreen" role="status">
        {t("viewer.pageOf", {
          page: number(activePage.value),
          count: number(activeDrawing.value?.pages.length ?? 1),
        })}
      </p>
    </>
  );
}
