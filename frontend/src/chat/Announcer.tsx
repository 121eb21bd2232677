/** Announces to screen readers that an answer has begun and, once complete, its text. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t } from "../i18n";
import { messages, path } from "../store";
import { isRunning } from "../store/message";

const LONGEST = 2000;

export function Announcer() {
  const words = useSignal("");
  const wasRunning = useRef<string | null>(null);
  useSignalEffect(() => {
    const last = messages.value.get(path.value.at(-1) ?? "");
    if (last?.role !== "assistant") return;
    if (isRunning(last)) {
      if (!wasRunning.current) words.value = t("chat.answering");
      wasRunning.current = last.id;
    } else if (wasRunning.current) {
      wasRunning.current = null;
      words.value = `${t("chat.answered")} ${last.text.slice(0, LONGEST)}`;
    }
  });
  return (
    <div class="visually-hidden" aria-live="polite">
      {words.value}
    </div>
  );
}
