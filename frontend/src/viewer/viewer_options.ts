/**
 * OpenSeadragon as the viewer wants it: the bare canvas, no controls, keys or styles of its own.
 */
import OpenSeadragon from "openseadragon";

export function viewerOptions(element: HTMLElement, still: boolean): OpenSeadragon.Options {
  forbidInjectedStyle();
  quietConsole();
  return {
    element,
    drawer: "canvas",
    showNavigationControl: false,
    keyboardNavEnabled: false,
    tabIndex: "" as unknown as number, // not focusable: the stage around it is
    autoResize: true,
    preserveImageSizeOnResize: true,
    animationTime: still ? 0 : 0.5,
    blendTime: 0,
    immediateRender: false,
    visibilityRatio: 0.35,
    minZoomImageRatio: 0.6,
    zoomPerScroll: 1.25,
    smoothTileEdgesMinZoom: Infinity,
    maxTilesPerFrame: 4,
    maxImageCacheCount: 160,
    imageLoaderLimit: 0, // our own queue limits
    tileRetryMax: 0, // and tries again
    timeout: 180_000,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
    gestureSettingsTouch: { flickEnabled: !still, pinchRotate: false },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
  };
}

/**
 * OpenSeadragon adds a `<style>` for focus outlines on phones unless it finds its own; our
 * content security policy forbids that. An element of that name that styles nothing satisfies
 * both; one of HTML would be refused even while it is empty.
 */
function forbidInjectedStyle(): void {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`) !== null) return;
  const placeholder = document.createElementNS("urn:drawing-chat", "style");
  placeholder.setAttribute(mark, "true");
  document.head.append(placeholder);
}

/** Failed tiles are shown in the page, with a way to try again; dropped ones are no errors. */
function quietConsole(): void {
  const scope = OpenSeadragon as unknown as { console: Console & { viewer?: true } };
  if (scope.console.viewer === true) return;
  const loud = scope.console;
  scope.console = Object.assign(Object.create(loud) as Console, {
    viewer: true as const,
    error: (...words: unknown[]) => {
      if (!String(words[0]).startsWith("Tile %s failed to load")) loud.error(...words);
    },
  });
}
