/** A panel that opens below its summary; Escape or leaving it closes it. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export function Menu({ summary, children }: { summary: ComponentChildren; children: ComponentChildren }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current) menu.current.open = false;
  };
  return (
    <details
      class="menu"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        event.preventDefault();
        close();
        menu.current.querySelector("summary")?.focus();
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (to && !menu.current?.contains(to)) close();
      }}
    >
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
