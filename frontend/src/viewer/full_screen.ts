/**
 * Full screen for the viewer; where the browser has none (phones), the viewer fills the page.
 */
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

/** Ends what stood in for full screen; false where there was none. (Real full screen ends itself.) */
export function shrink(within: HTMLElement): boolean {
  const root = within.closest<HTMLElement>(`.${MAXIMISED}`);
  if (root !== null) maximise(root);
  return root !== null;
}

/** Keeps `isFullScreen` true to what the browser does, e.g. on Escape. */
export function followFullScreen(): () => void {
  const follow = (): void => {
    isFullScreen.value = document.fullscreenElement !== null;
  };
  document.addEventListener("fullscreenchange", follow);
  return () => document.removeEventListener("fullscreenchange", follow);
}
