/**
 * The drawing viewer: tabs, toolbar, sheet with overlay, pages, facts. It talks to the rest of the
 * page only through the store.
 */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { DrawingInfo } from "../api/types";
import { number, t } from "../i18n";
import { activeDrawing, activePage, regionMode } from "../store";
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

/** What other parts of the page add to the viewer. */
export interface ViewerAdditions {
  /** Drawn over the sheet, below and above the labels of regions. */
  below?: (model: ViewerModel) => ComponentChildren;
  above?: (model: ViewerModel) => ComponentChildren;
  /** Shown at the top of the stage. */
  legend?: ComponentChildren;
}

export function Viewer(additions: ViewerAdditions): JSX.Element | null {
  const drawing = activeDrawing.value;
  return drawing && <OpenViewer drawing={drawing} {...additions} />;
}

function OpenViewer({
  drawing,
  below,
  above,
  legend,
}: ViewerAdditions & { drawing: DrawingInfo }): JSX.Element {
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
            <Overlay model={model} below={below?.(model)} above={above?.(model)} />
            <ScaleBar model={model} />
            <MiniMap model={model} />
            <div class="viewer-top">
              {model.searchOpen.value && <SearchBar model={model} />}
              {legend}
              <Notes model={model} />
            </div>
            <Announcement model={model} />
          </>
        )}
      </div>
      <PageStrip />
      <Facts>{model && <PointerZone model={model} />}</Facts>
    </section>
  );
}

/** Announcements for screen readers: the page, events, the rectangle being marked. */
function Announcement({ model }: { model: ViewerModel }): JSX.Element {
  const draft = model.regions.draft.value?.map(Math.round);
  const [x = 0, y = 0, w = 0, h = 0] = draft ?? [];
  return (
    <>
      <p class="viewer-offscreen" role="status">
        {draft === undefined ? model.announcement.value : t("viewer.regionSize", { x, y, w, h })}
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
