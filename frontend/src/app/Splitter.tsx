/** The line between drawing and chat, moved by mouse, finger or arrow keys; remembered. */
import { t } from "../i18n";
import { chatShare } from "../store";

const LEAST = 0.2;
const MOST = 0.8;

const setShare = (share: number): void => {
  chatShare.value = Math.min(MOST, Math.max(LEAST, share));
};

export function Splitter() {
  const onPointerDown = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement;
    const panes = line.parentElement!.getBoundingClientRect();
    line.setPointerCapture(event.pointerId);
    line.onpointermove = (move) => setShare((panes.right - move.clientX) / panes.width);
    line.onpointerup = () => (line.onpointermove = null);
    line.onpointercancel = line.onpointerup;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: 0.02, ArrowRight: -0.02 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setShare(chatShare.value + step);
  };
  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t("pane.splitter")}
      aria-valuemin={LEAST * 100}
      aria-valuemax={MOST * 100}
      aria-valuenow={Math.round(chatShare.value * 100)}
      onPointerDown={onPointerDown}
      onDblClick={() => setShare(0.42)}
      onKeyDown={onKeyDown}
    />
  );
}
