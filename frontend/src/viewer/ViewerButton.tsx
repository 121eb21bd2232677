/** The viewer's icons, 24 by 24, and its icon buttons. */
import type { JSX } from "preact";

const PATHS = {
  zoomIn: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.5 16.5 21 21M11 8v6M8 11h6",
  zoomOut: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.5 16.5 21 21M8 11h6",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5M9 9h6v6H9z",
  rotate: "M20 12a8 8 0 1 1-2.6-5.9M20 3v5h-5",
  fullScreen: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  leaveFullScreen: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  region:
    "M4 4h3M10 4h4M17 4h3v3M20 10v4M20 17v3h-3M14 20h-4M7 20H4v-3M4 14v-4M4 7V4M12 9v6M9 12h6",
  search:
    "M10 5H4M8 10H4M10 15H4M14 20H4M15 5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM18.5 12.5 22 16",
  invert: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8h3.5M12 12h4M12 16h3.5",
  miniMap: "M3 5h18v14H3zM12 11h6v5h-6z",
  map: "M3 4h10v9H3zM16 4h5v9h-5zM3 16h10v4H3zM16 16h5v4h-5z",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
} as const;

export type IconName = keyof typeof PATHS;

export function ViewerIcon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="viewer-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

interface ButtonProps {
  icon: IconName;
  label: string;
  /** The keyboard shortcut. */
  keys?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: (event: MouseEvent) => void;
}

export function ViewerButton({
  icon,
  label,
  keys,
  pressed,
  disabled,
  onClick,
}: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="viewer-button"
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      aria-keyshortcuts={keys}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <ViewerIcon name={icon} />
    </button>
  );
}
