/** The tabs of the side panel: chat, data, comparison. Shown once a drawing is open. */
import type { JSX } from "preact";

import { t } from "../i18n";
import { drawings, SIDES, showSide, side } from "../store";
import "./side.css";

export function SideTabs(): JSX.Element | null {
  if (drawings.value.length === 0) return null;
  const turn = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    showSide(SIDES.at((SIDES.indexOf(side.value) + by) % SIDES.length) ?? "chat");
    const tabs = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => tabs.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div class="side-tabs" role="tablist" aria-label={t("side.tabs")} onKeyDown={turn}>
      {SIDES.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          aria-selected={side.value === one}
          tabIndex={side.value === one ? 0 : -1}
          onClick={() => showSide(one)}
        >
          {t(`side.${one}`)}
        </button>
      ))}
    </div>
  );
}
