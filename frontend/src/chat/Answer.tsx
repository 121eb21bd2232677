/** An answer: collapsed reasoning, tool steps, text with evidence marks, state and figures. */
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "../app/controls/CopyButton";
import { Icon } from "../app/controls/Icon";
import { IconButton } from "../app/controls/IconButton";
import { number, plural, seconds, t } from "../i18n";
import { problemDetail, problemText } from "../i18n/problem_text";
import { connection, model, runningAnswer } from "../store";
import { isRunning, type Message } from "../store/message";
import { AnswerText } from "./AnswerText";
import { Contradictions } from "./Contradictions";
import { EvidenceCheck } from "./EvidenceCheck";
import { EvidenceSummary } from "./EvidenceSummary";
import { turns } from "./open_conversation";
import { askAgain, askOther, continueAnswer } from "./questions";
import { Seen } from "./Seen";
import { ToolSteps } from "./ToolSteps";

export function Answer({ message }: { message: Message }) {
  const running = isRunning(message);
  const place = useReplay(message);
  const asked = useSignal<{ start: number } | null>(null);
  return (
    <article
      ref={place}
      class={`answer ${message.status}`}
      aria-label={t("chat.answer")}
      aria-busy={running}
    >
      {message.reasoning && (
        <details class="reasoning">
          <summary>{t(running && !message.text ? "chat.reasoningNow" : "chat.reasoning")}</summary>
          <div class="reasoning-text">{message.reasoning}</div>
        </details>
      )}
      <ToolSteps steps={message.tools} running={running} />
      <AnswerText
        text={message.text}
        evidence={message.evidence.filter((item) => item.status !== "contradicted")}
        onCheck={({ start }) => (asked.value = { start })}
      />
      {running && <Waiting message={message} />}
      <Ending message={message} />
      {!running && <EvidenceSummary items={message.evidence} />}
      {!running && <Contradictions items={message.evidence} />}
      {!running && <EvidenceCheck message={message} asked={asked.value} />}
      {!running && <Seen message={message} />}
      {!running && (
        <div class="message-actions">
          {message.text && <CopyButton text={message.text} />}
          {!runningAnswer.value && message.status === "complete" && !isEmpty(message) && (
            <IconButton icon="again" label={t("chat.again")} onClick={() => askAgain(message)} />
          )}
          {!running && <AnsweredBy message={message} />}
          {message.answered_by !== "sheet" && <Figures message={message} />}
        </div>
      )}
    </article>
  );
}

/** Replay an old answer's events once it becomes visible, for its steps and notes. */
function useReplay(message: Message): RefObject<HTMLElement | null> {
  const place = useRef<HTMLElement>(null);
  const needsReplay = !isRunning(message) && message.last_seq === 0 && !message.local;
  const isOpen = connection.value === "open";
  useEffect(() => {
    if (!needsReplay || !isOpen || !place.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      turns.frames.replay(message);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [message.id, needsReplay, isOpen]);
  return place;
}

/** What the answer is waiting for, while no text arrives. */
function Waiting({ message }: { message: Message }) {
  if (message.text && connection.value === "open") return <span class="caret" aria-hidden="true" />;
  return (
    <p class="waiting">
      <span class="dots" aria-hidden="true" />
      {waitingWords(message)}
    </p>
  );
}

function waitingWords(message: Message): string {
  if (message.status === "sending") {
    return t(connection.value === "open" ? "chat.sending" : "chat.waitsForLine");
  }
  if (connection.value !== "open") return t("chat.lineLost");
  if (model.value && model.value.state !== "ready") return t("chat.waitsForModel");
  if (message.queue_position > 0) return plural("chat.queued", message.queue_position);
  return t("chat.reading");
}

/** The answer is complete but has no text. */
const isEmpty = ({ status, text }: Message): boolean => status === "complete" && text.trim() === "";

/** Why the answer ended early, with buttons to continue or ask again. */
function Ending({ message }: { message: Message }) {
  const { status, problem } = message;
  const cut = status === "complete" && message.finish_reason === "length";
  const empty = isEmpty(message) && !cut;
  if (!cut && !empty && status !== "stopped" && status !== "interrupted" && status !== "failed")
    return null;
  const free = runningAnswer.value === null;
  const detail = problem ? problemDetail(problem) : "";
  return (
    <div class={`ending ${status}`} role={status === "failed" ? "alert" : undefined}>
      <p>
        {cut && t("chat.cut")}
        {empty && t("chat.empty")}
        {status === "stopped" && t("chat.stopped")}
        {status === "interrupted" && t("chat.interrupted")}
        {status === "failed" && !problem && t("chat.failed")}
        {problem && ` ${problemText(problem)}`}
        {detail && <span class="quiet"> {detail}</span>}
      </p>
      <div class="row">
        {message.text && free && (
          <button type="button" class="button" onClick={() => continueAnswer(message)}>
            <Icon name="forward" />
            {t("chat.continue")}
          </button>
        )}
        {free && !cut && (
          <button type="button" class="button" onClick={() => askAgain(message)}>
            <Icon name="again" />
            {t("chat.again")}
          </button>
        )}
      </div>
    </div>
  );
}

/** Who answered, and a button that asks the other. */
function AnsweredBy({ message }: { message: Message }) {
  const by = message.answered_by;
  if (!by || message.local) return null;
  return (
    <>
      <span class="answered-by">{t(by === "sheet" ? "chat.bySheet" : "chat.byModel")}</span>
      {!runningAnswer.value && (
        <button type="button" class="button small ask-other" onClick={() => askOther(message)}>
          {t(by === "sheet" ? "chat.askModel" : "chat.askSheet")}
        </button>
      )}
    </>
  );
}

/** Token counts and timings. */
function Figures({ message: { usage, timing } }: { message: Message }) {
  if (!usage) return null;
  const parts = [
    timing?.ttft_ms != null && t("figures.first", { time: seconds(timing.ttft_ms / 1000) }),
    timing && t("figures.total", { time: seconds(timing.total_ms / 1000) }),
    t("figures.tokens", {
      prompt: number(usage.prompt_tokens),
      answer: number(usage.completion_tokens),
    }),
  ];
  const title = t("figures.detail", {
    prompt: number(usage.prompt_tokens),
    cached: number(usage.cached_tokens),
    image: number(usage.image_tokens),
    answer: number(usage.completion_tokens),
  });
  return (
    <span class="figures" title={title}>
      {parts.filter(Boolean).join(" · ")}
    </span>
  );
}
