/** The composer: attachments, text field, send and stop buttons. */
import { useEffect, useRef } from "preact/hooks";
import { MAX_QUESTION_CHARACTERS } from "../api/schema";
import { Icon } from "../app/controls/Icon";
import { number, t } from "../i18n";
import { FilePicker } from "../library/FilePicker";
import { UploadList } from "../library/UploadList";
import * as store from "../store";
import { keepDraft } from "../store/kept_draft";
import { AttachmentChip } from "./AttachmentChip";
import { askDraft, stopAnswer } from "./questions";
import { readiness } from "./readiness";
import { isSendKey } from "./send_key";

export function Composer() {
  const field = useRef<HTMLTextAreaElement>(null);
  const running = store.runningAnswer.value !== null;
  const { value: text } = store.draft;
  const tooLong = text.length > MAX_QUESTION_CHARACTERS;

  // Focus the field, except on touch screens, where the keyboard would cover half the page.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus({ preventScroll: true });
  }, [store.conversationId.value]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isSendKey(event)) return;
    event.preventDefault();
    if (!running && !tooLong) askDraft();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (!tooLong) askDraft();
      }}
    >
      <UploadList />
      <div class="composer-top">
        <Chips />
        <ReadinessLine />
      </div>
      <textarea
        ref={field}
        class="grows"
        rows={Math.min(8, text.split("\n").length)}
        value={text}
        placeholder={t("composer.placeholder")}
        aria-label={t("composer.placeholder")}
        aria-describedby="composer-hint"
        onInput={(event) => {
          store.writeDraft(event.currentTarget.value);
          keepDraft();
        }}
        onKeyDown={onKeyDown}
      />
      <div class="composer-row">
        <FilePicker class="icon-button" label={t("upload.add")}>
          <Icon name="attach" />
        </FilePicker>
        <RegionButton />
        <PageButton />
        <Hint tooLong={tooLong} running={running} />
        {running ? (
          <button
            type="button"
            class="button primary stop"
            onClick={stopAnswer}
            title={t("chat.stopKey")}
          >
            <Icon name="stop" />
            {t("chat.stop")}
          </button>
        ) : (
          <button type="submit" class="button primary" disabled={!text.trim() || tooLong}>
            <Icon name="send" />
            {t("composer.send")}
          </button>
        )}
      </div>
    </form>
  );
}

/** A keyboard hint if there is room; the reason why a question cannot be sent, always. */
function Hint({ tooLong, running }: { tooLong: boolean; running: boolean }) {
  const why = tooLong
    ? t("composer.tooLong", { count: number(MAX_QUESTION_CHARACTERS) })
    : store.askWhenUploaded.value && t("composer.whenUploaded");
  return (
    <span class={why ? "hint why" : "hint"} id="composer-hint" role={why ? "status" : undefined}>
      <span>{why || t(running ? "composer.running" : "composer.keys")}</span>
    </span>
  );
}

function Chips() {
  const attachments = store.attachments.value;
  if (attachments.length === 0) return null;
  return (
    <div class="chips" role="group" aria-label={t("attachment.list")}>
      {attachments.map((reference, at) => (
        <AttachmentChip
          key={JSON.stringify(reference)}
          reference={reference}
          {...(reference.region && { number: store.regionNumber(at) })}
          remove={() => store.removeAttachment(at)}
        />
      ))}
    </div>
  );
}

/** Whether the beginning of the next prompt is prefilled. */
function ReadinessLine() {
  const state = readiness.value;
  return (
    <p class={`readiness ${state ?? ""}`} role="status">
      {state && <span class="lamp" aria-hidden="true" />}
      {state && t(`composer.${state}`)}
    </p>
  );
}

function RegionButton() {
  if (!store.activeDrawing.value) return null;
  const on = store.regionMode.value;
  const toggle = (): void => {
    store.setRegionMode(!on);
    store.showPane("drawing");
  };
  return (
    <button
      type="button"
      class="button quiet-button"
      aria-pressed={on}
      title={t("composer.regionHint")}
      onClick={toggle}
    >
      <Icon name="region" />
      <span class="wide-only">{t("composer.region")}</span>
    </button>
  );
}

/** Attaches the page shown, in documents with several pages. */
function PageButton() {
  const drawing = store.activeDrawing.value;
  if (!drawing || drawing.pages.length < 2) return null;
  const page = store.activePage.value;
  return (
    <button
      type="button"
      class="button quiet-button"
      title={t("composer.pageHint", { page })}
      onClick={() => store.attach({ id: drawing.id, page })}
    >
      <Icon name="page" />
      <span class="wide-only">{t("composer.page", { page })}</span>
    </button>
  );
}
