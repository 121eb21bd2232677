/** The actions of the viewer, shared by keys and buttons. */
import {
  activeDrawing,
  clearFocus,
  mapShown,
  regionMode,
  setMapShown,
  setRegionMode,
} from "../store";
import { shrink, toggleFullScreen } from "./full_screen";
import { type Action, arrow } from "./keyboard";
import type { ViewerModel } from "./viewer_model";

const ZOOM = 1.4;
/** The share of the stage that an arrow key moves the view. */
const PAN = 0.15;

/** Perform an action; false if it does not apply now and the key is left to the browser. */
export function perform(model: ViewerModel, action: Action, shift = false): boolean {
  const { camera, view, search } = model;
  const direction = arrow(action);
  if (direction !== null) {
    if (regionMode.value) model.regions.arrow(direction, shift);
    else
      camera.panBy(direction.x * camera.room.width * PAN, direction.y * camera.room.height * PAN);
    return true;
  }
  switch (action) {
    case "zoomIn":
      camera.zoomBy(ZOOM);
      return true;
    case "zoomOut":
      camera.zoomBy(1 / ZOOM);
      return true;
    case "fit":
      camera.fit();
      return true;
    case "actualSize":
      camera.zoomTo(1);
      return true;
    case "rotate":
      camera.rotateBy(90);
      return true;
    case "rotateBack":
      camera.rotateBy(-90);
      return true;
    case "fullScreen":
      toggleFullScreen(view.stage);
      return true;
    case "region":
      setRegionMode(!regionMode.value);
      // Otherwise Enter would press the button again instead of attaching the region.
      if (regionMode.value) view.stage.focus({ preventScroll: true });
      return true;
    case "invert":
      model.inverted.value = !model.inverted.value;
      return true;
    case "miniMap":
      model.miniMap.value = !model.miniMap.value;
      return true;
    case "map":
      setMapShown(!mapShown.value);
      return true;
    case "search":
      model.searchOpen.value = true;
      return true;
    case "nextHit":
      if (search.total.value === 0) return false;
      model.stepHit(shift ? -1 : 1);
      return true;
    case "accept":
      return model.regions.accept(shift);
    case "cancel":
      return cancel(model);
    default:
      return turn(model, action);
  }
}

function turn(model: ViewerModel, action: Action): boolean {
  const count = activeDrawing.value?.pages.length ?? 0;
  if (count < 2) return false;
  const by = { nextPage: 1, previousPage: -1, firstPage: -count, lastPage: count }[
    action as string
  ];
  if (by === undefined) return false;
  model.turnPage(by);
  return true;
}

/** Cancel the first of: rectangle, region tool, search, marker, full screen. */
function cancel(model: ViewerModel): boolean {
  if (model.regions.draft.value !== null) model.regions.cancel();
  else if (regionMode.value) setRegionMode(false);
  else if (model.searchOpen.value) model.closeSearch();
  else if (model.evidence.value !== null) clearFocus();
  else return shrink(model.view.stage);
  return true;
}
