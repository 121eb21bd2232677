/**
 * The values of an answer to check: warnings for values not on the sheet or not confirmed, and a
 * list of all values without exact text, each with a second look.
 */
import { useEffect, useRef } from "preact/hooks";
import type { EvidenceItem } from "../api/schema";
import { Icon } from "../app/controls/Icon";
import { plural, t } from "../i18n";
import { problemDetail, problemText } from "../i18n/problem_text";
import { lookKey, looks } from "../store";
import type { Message } from "../store/message";
import { lookAgain, placesOf, showValue, toCheck, wordsOf } from "./evidence";

interface Props {
  message: Message;
  /** The value activated in the text, by its `start`; a new object each time. */
  asked: { start: number } | null;
}

export function EvidenceCheck({ message, asked }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  const items = toCheck(message.evidence);
  useEffect(() => {
    if (!asked || !details.current) return;
    details.current.open = true;
    details.current.querySelector<HTMLElement>(`[data-start="${asked.start}"] button`)?.focus();
  }, [asked]);
  if (items.length === 0) return null;
  return (
    <div class="evidence-check">
      <Warning
        words="evidence.warning"
        items={items.filter((item) => item.status === "not_found")}
      />
      <Warning words="evidence.doubt" items={items.filter((item) => item.status === "disputed")} />
      <details ref={details}>
        <summary>{plural("evidence.check", items.length)}</summary>
        <ul>
          {items.map((item) => (
            <Value key={item.start} message={message} item={item} />
          ))}
        </ul>
      </details>
    </div>
  );
}

/** Lists each value once, even if it occurs several times. */
function Warning(props: { words: "evidence.warning" | "evidence.doubt"; items: EvidenceItem[] }) {
  const texts = [...new Set(props.items.map((item) => item.text))];
  if (texts.length === 0) return null;
  return (
    <p class="evidence-warning" role="note">
      <Icon name="warning" />
      <span>
        {plural(props.words, texts.length)} <strong>{texts.join(" · ")}</strong>
      </span>
    </p>
  );
}

function Value({ message, item }: { message: Message; item: EvidenceItem }) {
  const look = looks.value.get(lookKey(message.id, item.start));
  const pending = look === "pending";
  const problem = look && look !== "pending" ? look : null;
  return (
    <li data-start={item.start}>
      <span class={`evidence-sign ${item.status} ${item.source ?? ""}`} aria-hidden="true" />
      {placesOf(item).length > 0 ? (
        <button type="button" class="link value" onClick={() => showValue(item)}>
          {item.text}
        </button>
      ) : (
        <span class="value">{item.text}</span>
      )}
      <span class="quiet words" role="status">
        {pending ? t("evidence.looking") : wordsOf(item)}
      </span>
      <button
        type="button"
        class="button small"
        aria-disabled={pending}
        aria-label={t("evidence.lookAt", { value: item.text })}
        onClick={() => void lookAgain(message, item)}
      >
        <Icon name="search" />
        {t("evidence.look")}
      </button>
      {problem && (
        <p class="look-problem" role="alert">
          {problemText(problem)} <span class="quiet">{problemDetail(problem)}</span>
        </p>
      )}
    </li>
  );
}
