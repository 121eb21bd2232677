/** Full screen for the viewer; without browser support (phones) the viewer fills the page. */
import { signal } from "@preact/signals";

export const isFullScreen = signal(false);

const MAXIMISED = "viewer-maximised";

export function toggleFullScreen(within: HTMLElement): void {
  const root = within.closest<HTMLElement>(".viewer");
  if (root === null) return;
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  else if (document.fullscreenEnabled) void root.requestFullscreen().catch(() => maximise(root));
  else maximise(root);
}

function maximise(root: HTMLElement): void {
  isFullScreen.value = root.classList.toggle(MAXIMISED);
}

/** Leave the full-page replacement; false if it is not active. (Real full screen ends itself.) */
export function shrink(within: HTMLElement): boolean {
  const root = within.closest<HTMLElement>(`.${MAXIMISED}`);
  if (root !== null) maximise(root);
  return root !== null;
}

/** Keep `isFullScreen` in sync with the browser, e.g. on Escape. */
export function followFullScreen(): () => void {
  const follow = (): void => {
    isFullScreen.value = document.fullscreenElement !== null;
  };
  document.addEventListener("fullscreenchange", follow);
  return () => document.removeEventListener("fullscreenchange", follow);
}
