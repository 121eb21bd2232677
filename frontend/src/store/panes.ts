/** Which panes of the page are shown, how wide they are, and the sheet map over the drawing. */
import { signal } from "@preact/signals";
import { readOnly } from "./read_only";

export type Pane = "drawing" | "chat";

/** The tabs beside the drawing. */
export const SIDES = ["chat", "data", "compare"] as const;
export type Side = (typeof SIDES)[number];

/** Limits of `chatShare`. */
export const MIN_CHAT_SHARE = 0.2;
export const MAX_CHAT_SHARE = 0.8;
export const DEFAULT_CHAT_SHARE = 0.42;

const state = {
  sidebarOpen: signal(false),
  /** A narrow page shows one pane at a time. */
  narrowPane: signal<Pane>("chat"),
  /** The chat's share of the width, 0 to 1. */
  chatShare: signal(DEFAULT_CHAT_SHARE),
  side: signal<Side>("chat"),
  /** Whether the sheet map is drawn over the sheet. */
  mapShown: signal(false),
  /** Part kinds hidden on the sheet map. */
  mapHidden: signal<readonly string[]>([]),
};
export const { sidebarOpen, narrowPane, chatShare, side, mapShown, mapHidden } = readOnly(state);

export function setSidebarOpen(open: boolean): void {
  state.sidebarOpen.value = open;
}

export function showPane(pane: Pane): void {
  state.narrowPane.value = pane;
}

export function setChatShare(share: number): void {
  state.chatShare.value = Math.min(MAX_CHAT_SHARE, Math.max(MIN_CHAT_SHARE, share));
}

export function showSide(next: Side): void {
  state.side.value = next;
}

export function setMapShown(shown: boolean): void {
  state.mapShown.value = shown;
}

export function setMapHidden(kinds: readonly string[]): void {
  state.mapHidden.value = kinds;
}
