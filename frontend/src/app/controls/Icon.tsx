/** The page's icons, drawn as lines in the text colour. */

const paths = {
  menu: "M3 5h14M3 10h14M3 15h14",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 10.5l4 4 8-9",
  edit: "M4 16l1-4 8.5-8.5 3 3L8 15z",
  again: "M15.5 8A6 6 0 1 0 16 11M16 4v4h-4",
  forward: "M5 4l10 6-10 6z",
  trash: "M4 6h12M8 6V4h4v2M6 6l1 10h6l1-10",
  attach: "M14.5 9l-5 5a3 3 0 0 1-4.2-4.2l6-6a2 2 0 0 1 2.8 2.8l-6 6",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
  settings:
    "M3 7h6M13 7h4M3 13h3M10 13h7M11 5a2 2 0 1 0 0 4 2 2 0 1 0 0-4zM8 11a2 2 0 1 0 0 4 2 2 0 1 0 0-4z",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4",
  warning: "M10 3l8 14H2zM10 8v4M10 14.4v.2",
  sheet: "M4 3h8l4 4v10H4zM12 3v4h4",
  page: "M5 3h10v14H5z",
  region: "M4 7V4h3M13 4h3v3M16 13v3h-3M7 16H4v-3",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
