/** The widths at which the layout changes; the style sheets name the same widths. */

/** Whether the sidebar covers the panes (as in `sidebar.css`). */
export function sidebarCoversPanes(): boolean {
  return coveringWidth().matches;
}

export function coveringWidth(): MediaQueryList {
  return matchMedia("(max-width: 1000px)");
}

/** Whether the page shows one pane at a time (as in `layout.css`). */
export function isNarrow(): boolean {
  return matchMedia("(max-width: 700px)").matches;
}
