/** OpenSeadragon's options: a bare canvas without controls, keys or styles of its own. */
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
    imageLoaderLimit: 0, // our own queue sets the limit
    tileRetryMax: 0, // our own queue retries
    timeout: 180_000,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
    gestureSettingsTouch: { flickEnabled: !still, pinchRotate: false },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
  };
}

/**
 * OpenSeadragon adds a `<style>` for focus outlines on phones unless it finds its own, but our
 * content security policy forbids that. An element of that name in another namespace satisfies
 * both; an HTML one would be refused even if empty.
 */
function forbidInjectedStyle(): void {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`) !== null) return;
  const placeholder = document.createElementNS("urn:drawing-chat", "style");
  placeholder.setAttribute(mark, "true");
  document.head.append(placeholder);
}

/** The page shows failed tiles with a retry button, and dropped ones are not errors. */
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
