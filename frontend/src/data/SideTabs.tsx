/** Chat or data beside the drawing, as tabs; shown once a drawing is open. */
import type { JSX } from "preact";

import { t } from "../i18n";
import { drawings } from "../store";
import { side } from "./tables";

const SIDES = ["chat", "data"] as const;

export function SideTabs(): JSX.Element | null {
  if (drawings.value.length === 0) return null;
  const turn = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    side.value = side.value === "chat" ? "data" : "chat";
    const tabs = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div class="data-tabs" role="tablist" aria-label={t("data.tabs")} onKeyDown={turn}>
      {SIDES.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          aria-selected={side.value === one}
          tabIndex={side.value === one ? 0 : -1}
          onClick={() => (side.value = one)}
        >
          {t(`data.tab.${one}`)}
        </button>
      ))}
    </div>
  );
}
