/** The viewer's toolbar: zoom, rotate, regions, search, pages. Each button has a key. */
import type { JSX } from "preact";

import { number, t } from "../i18n";
import { activeDrawing, mapShown, regionMode } from "../store";
import { perform } from "./actions";
import { isFullScreen } from "./full_screen";
import { scaleOf } from "./geometry";
import type { Action } from "./keyboard";
import { PageNavigation } from "./PageNavigation";
import { ViewerButton } from "./ViewerButton";
import type { ViewerModel } from "./viewer_model";

export function Toolbar({ model }: { model: ViewerModel }): JSX.Element {
  const press = (action: Action) => (event: MouseEvent) =>
    void perform(model, action, event.shiftKey);
  const large = isFullScreen.value;
  return (
    <div class="viewer-toolbar" role="group" aria-label={t("viewer.toolbar")}>
      <ViewerButton
        icon="zoomOut"
        label={t("viewer.zoomOut")}
        keys="-"
        onClick={press("zoomOut")}
      />
      <ZoomReadout model={model} onClick={press("actualSize")} />
      <ViewerButton icon="zoomIn" label={t("viewer.zoomIn")} keys="+" onClick={press("zoomIn")} />
      <ViewerButton icon="fit" label={t("viewer.fit")} keys="0" onClick={press("fit")} />
      <ViewerButton icon="rotate" label={t("viewer.rotate")} keys="R" onClick={press("rotate")} />
      <span class="viewer-gap" />
      <ViewerButton
        icon="region"
        label={t("viewer.region")}
        keys="S"
        pressed={regionMode.value}
        onClick={press("region")}
      />
      <ViewerButton
        icon="search"
        label={t("viewer.search")}
        keys="/"
        pressed={model.searchOpen.value}
        onClick={press(model.searchOpen.value ? "cancel" : "search")}
      />
      <ViewerButton
        icon="map"
        label={t("map.toggle")}
        keys="L"
        pressed={mapShown.value}
        onClick={press("map")}
      />
      {(activeDrawing.value?.pages.length ?? 0) > 1 && (
        <>
          <span class="viewer-gap" />
          <PageNavigation model={model} />
        </>
      )}
      <span class="viewer-spring" />
      <span class="viewer-wide">
        <ViewerButton
          icon="miniMap"
          label={t("viewer.miniMap")}
          keys="M"
          pressed={model.miniMap.value}
          onClick={press("miniMap")}
        />
      </span>
      <ViewerButton
        icon="invert"
        label={t("viewer.invert")}
        keys="I"
        pressed={model.inverted.value}
        onClick={press("invert")}
      />
      <span class={large ? "" : "viewer-full-screen"}>
        <ViewerButton
          icon={large ? "leaveFullScreen" : "fullScreen"}
          label={t(large ? "viewer.leaveFullScreen" : "viewer.fullScreen")}
          keys="F"
          onClick={press("fullScreen")}
        />
      </span>
    </div>
  );
}

function ZoomReadout({
  model,
  onClick,
}: {
  model: ViewerModel;
  onClick: (event: MouseEvent) => void;
}): JSX.Element {
  const share = scaleOf(model.camera.matrix.value) * 100;
  const percent = `${number(share, share < 10 ? 1 : 0)} %`;
  const label = t("viewer.zoomTo100", { percent });
  return (
    <button
      type="button"
      class="viewer-button viewer-zoom"
      title={`${label} (1)`}
      onClick={onClick}
    >
      <span aria-hidden="true">{percent}</span>
      <span class="viewer-offscreen">{label}</span>
    </button>
  );
}
