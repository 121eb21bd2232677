/** The keyboard shortcuts of the viewer, active while it has the focus. */
export type Action =
  | "zoomIn"
  | "zoomOut"
  | "fit"
  | "actualSize"
  | "left"
  | "right"
  | "up"
  | "down"
  | "rotate"
  | "rotateBack"
  | "fullScreen"
  | "nextPage"
  | "previousPage"
  | "firstPage"
  | "lastPage"
  | "region"
  | "search"
  | "nextHit"
  | "previousHit"
  | "invert"
  | "miniMap"
  | "map"
  | "accept"
  | "cancel";

export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const ACTIONS: Record<string, Action> = {
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  _: "zoomOut",
  "0": "fit",
  "1": "actualSize",
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  r: "rotate",
  R: "rotateBack",
  f: "fullScreen",
  n: "nextPage",
  p: "previousPage",
  PageDown: "nextPage",
  PageUp: "previousPage",
  Home: "firstPage",
  End: "lastPage",
  s: "region",
  "/": "search",
  F3: "nextHit",
  i: "invert",
  m: "miniMap",
  l: "map",
  Enter: "accept",
  Escape: "cancel",
};

/**
 * The action of a key; null leaves it to the browser, as for all shortcuts with Ctrl, Alt or ⌘.
 */
export function actionOf(key: Key): Action | null {
  if (key.ctrlKey || key.metaKey || key.altKey) return null;
  const exact = ACTIONS[key.key];
  if (exact !== undefined) return exact;
  return key.key.length === 1 ? (ACTIONS[key.key.toLowerCase()] ?? null) : null;
}

/** The screen direction of an arrow key. */
export function arrow(action: Action): { x: number; y: number } | null {
  switch (action) {
    case "left":
      return { x: -1, y: 0 };
    case "right":
      return { x: 1, y: 0 };
    case "up":
      return { x: 0, y: -1 };
    case "down":
      return { x: 0, y: 1 };
    default:
      return null;
  }
}

/** Whether the element handles keys itself. */
export function takesKeys(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable === true)
  );
}

/** Whether Enter would press the element. */
export function isPressed(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, summary") !== null;
}
