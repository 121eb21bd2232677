/** A question with its attachments; editing it creates a new branch. */
import { useSignal } from "@preact/signals";
import { CopyButton } from "../app/controls/CopyButton";
import { IconButton } from "../app/controls/IconButton";
import { useInitialFocus } from "../app/controls/use_initial_focus";
import { t } from "../i18n";
import { runningAnswer } from "../store";
import { isRunning, type Message } from "../store/message";
import { AttachmentChip } from "./AttachmentChip";
import { Branches } from "./Branches";
import { editQuestion } from "./questions";
import { isSendKey } from "./send_key";

export function Question({ message }: { message: Message }) {
  const editing = useSignal(false);
  if (editing.value) {
    return <EditQuestion message={message} done={() => (editing.value = false)} />;
  }
  const busy = runningAnswer.value !== null;
  return (
    <article class="question" aria-label={t("chat.question")}>
      {message.drawings.length > 0 && (
        <div class="chips">
          {message.drawings.map((reference, at) => (
            <AttachmentChip key={at} reference={reference} />
          ))}
        </div>
      )}
      <div class="question-text">{message.text}</div>
      <div class="message-actions">
        <Branches id={message.id} />
        <CopyButton text={message.text} />
        {!isRunning(message) && !busy && (
          <IconButton icon="edit" label={t("chat.edit")} onClick={() => (editing.value = true)} />
        )}
      </div>
    </article>
  );
}

function EditQuestion({ message, done }: { message: Message; done: () => void }) {
  const text = useSignal(message.text);
  const field = useInitialFocus<HTMLTextAreaElement>();
  const ask = (): void => {
    if (!text.value.trim()) return;
    editQuestion(message, text.value.trim());
    done();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      done();
    } else if (isSendKey(event)) {
      event.preventDefault();
      ask();
    }
  };
  return (
    <article class="question editing" aria-label={t("chat.edit")}>
      <textarea
        class="grows"
        value={text.value}
        aria-label={t("chat.edit")}
        ref={field}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="row end">
        <button type="button" class="button" onClick={done}>
          {t("action.cancel")}
        </button>
        <button type="button" class="button primary" disabled={!text.value.trim()} onClick={ask}>
          {t("chat.askEdited")}
        </button>
      </div>
    </article>
  );
}
