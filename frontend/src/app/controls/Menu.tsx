/** A menu panel that opens below its summary. */
import type { ComponentChildren } from "preact";
import { useMenu } from "./use_menu";

export function Menu({
  summary,
  children,
}: {
  summary: ComponentChildren;
  children: ComponentChildren;
}) {
  const { details } = useMenu();
  return (
    <details class="menu" {...details}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
