/** The splitter between drawing and chat, moved by pointer or arrow keys. */
import { t } from "../i18n";
import {
  chatShare,
  DEFAULT_CHAT_SHARE,
  MAX_CHAT_SHARE,
  MIN_CHAT_SHARE,
  setChatShare,
} from "../store";

export function Splitter() {
  const onPointerDown = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement;
    const panes = line.parentElement!.getBoundingClientRect();
    line.setPointerCapture(event.pointerId);
    line.onpointermove = (move) => setChatShare((panes.right - move.clientX) / panes.width);
    line.onpointerup = () => (line.onpointermove = null);
    line.onpointercancel = line.onpointerup;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: 0.02, ArrowRight: -0.02 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setChatShare(chatShare.value + step);
  };
  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t("pane.splitter")}
      aria-valuemin={MIN_CHAT_SHARE * 100}
      aria-valuemax={MAX_CHAT_SHARE * 100}
      aria-valuenow={Math.round(chatShare.value * 100)}
      onPointerDown={onPointerDown}
      onDblClick={() => setChatShare(DEFAULT_CHAT_SHARE)}
      onKeyDown={onKeyDown}
    />
  );
}
