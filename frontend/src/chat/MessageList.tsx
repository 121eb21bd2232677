/**
 * The message list. It renders the newest messages first and earlier ones on scrolling up, and
 * follows the end only while the person is at the end.
 */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../app/controls/Icon";
import { plural, t } from "../i18n";
import { conversationId, messages, moreMessages, path } from "../store";
import { Answer } from "./Answer";
import { loadEarlierMessages } from "./open_conversation";
import { Question } from "./Question";

const SHOWN_AT_FIRST = 40;
const MORE_AT_ONCE = 30;
const AT_END_PX = 60;

export function MessageList() {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const shown = useSignal(SHOWN_AT_FIRST);
  const atEnd = useSignal(true);
  const following = useRef(true);

  useLayoutEffect(() => {
    shown.value = SHOWN_AT_FIRST;
    follow(true);
  }, [conversationId.value]);

  const newest = path.value.at(-1);
  // Always scroll to one's own question.
  useLayoutEffect(() => follow(true), [newest]);

  useEffect(() => {
    const observer = new ResizeObserver(() => following.current && toEnd());
    if (content.current) observer.observe(content.current);
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  function toEnd(): void {
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  }

  function follow(on: boolean): void {
    following.current = on;
    atEnd.value = on;
    if (on) toEnd();
  }

  function onScroll(): void {
    const box = scroller.current;
    if (!box) return;
    const rest = box.scrollHeight - box.scrollTop - box.clientHeight;
    following.current = rest < AT_END_PX;
    atEnd.value = following.current;
  }

  const hidden = Math.max(0, path.value.length - shown.value);
  const showEarlier = async (): Promise<void> => {
    if (hidden < MORE_AT_ONCE) await loadEarlierMessages();
    const stay = scroller.current ? holdInPlace(scroller.current) : null;
    shown.value += MORE_AT_ONCE;
    if (stay) requestAnimationFrame(stay);
  };
  return (
    <div
      class="messages"
      ref={scroller}
      onScroll={onScroll}
      tabIndex={0}
      role="region"
      aria-label={t("chat.name")}
    >
      <div class="messages-content" ref={content}>
        {(hidden > 0 || moreMessages.value) && (
          <Earlier count={hidden} show={() => void showEarlier()} />
        )}
        {path.value.slice(hidden).map((id) => (
          <MessageOf key={id} id={id} />
        ))}
      </div>
      {!atEnd.value && (
        <button type="button" class="button to-end" onClick={() => follow(true)}>
          <Icon name="down" />
          {t("chat.toEnd")}
        </button>
      )}
    </div>
  );
}

/**
 * Keeps the message being read in place. Heights above it are estimates until the messages are near
 * enough to render, so they cannot be used to compute the scroll distance.
 */
function holdInPlace(box: HTMLElement): () => void {
  const distance = (one: Element): number =>
    one.getBoundingClientRect().top - box.getBoundingClientRect().top;
  const read = [...box.querySelectorAll("article")].find(
    (one) => distance(one) + one.getBoundingClientRect().height > 0,
  );
  const before = read ? distance(read) : 0;
  const stay = (): void => {
    if (read) box.scrollTop += distance(read) - before;
  };
  return () => {
    stay();
    requestAnimationFrame(stay);
  };
}

/** Rerenders only the message that changes. */
function MessageOf({ id }: { id: string }) {
  const message = useComputed(() => messages.value.get(id)).value;
  if (!message) return null;
  return message.role === "user" ? <Question message={message} /> : <Answer message={message} />;
}

function Earlier({ count, show }: { count: number; show: () => void }) {
  const place = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) show();
    });
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, [count]);
  return (
    <button type="button" class="button earlier" ref={place} onClick={show}>
      {count > 0 ? plural("chat.earlier", count) : t("chat.earlier")}
    </button>
  );
}
