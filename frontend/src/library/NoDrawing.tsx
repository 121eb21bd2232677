/** The two empty panes: where a drawing will be, and where the conversation will be. */
import { useEffect } from "preact/hooks";
import { thumbnailAddress } from "../api/client";
import { plural, t } from "../i18n";
import { renewReading } from "../chat/open_conversation";
import * as store from "../store";
import { loadSamples, openSample, questionsFor, samples } from "./samples";
import { deleteDrawing, loadMoreOfShelf, loadShelf, moreOnShelf, shelf } from "./recent_drawings";
import { IconButton } from "../app/controls/IconButton";
import { FilePicker } from "./FilePicker";
import { Icon } from "../app/controls/Icon";

export function NoDrawing() {
  return (
    <div class="no-drawing">
      <div class="drop-here">
        <Icon name="sheet" />
        <h2>{t("welcome.drop")}</h2>
        <p class="quiet">{t("welcome.formats")}</p>
        <FilePicker class="button primary">{t("welcome.choose")}</FilePicker>
        <p class="quiet small">{t(store.model.value?.leaves_machine ? "model.leavesWhere" : "welcome.local")}</p>
        <SampleDrawings />
      </div>
      <RecentDrawings />
    </div>
  );
}

/** Drawings to try the product with, for those who have none at hand. */
function SampleDrawings() {
  useEffect(() => void loadSamples(), [store.connection.value === "open"]);
  if (samples.value.length === 0) return null;
  return (
    <div class="samples" role="group" aria-label={t("welcome.samples")}>
      <span class="quiet small">{t("welcome.samples")}</span>
      {samples.value.map((sample) => (
        <button
          key={sample.name}
          type="button"
          class="button sample"
          onClick={() => void openSample(sample.name)}
        >
          <bdi>{sample.title}</bdi>
        </button>
      ))}
    </div>
  );
}

/** Drawings that are on the server already: open one, delete one. */
function RecentDrawings() {
  useEffect(() => void loadShelf(), [store.conversationId.value, store.connection.value === "open"]);
  if (shelf.value.length === 0) return null;
  return (
    <section class="recent">
      <h3>{t("welcome.recent")}</h3>
      <ul>
        {shelf.value.map((drawing) => (
          <RecentDrawing key={drawing.id} drawing={drawing} />
        ))}
      </ul>
      {moreOnShelf.value && (
        <button type="button" class="button" onClick={() => void loadMoreOfShelf()}>
          {t("list.more")}
        </button>
      )}
    </section>
  );
}

function RecentDrawing({ drawing }: { drawing: store.DrawingInfo }) {
  const open = (): void => {
    store.openDrawing(drawing);
    void renewReading(drawing);
    store.showSheet(drawing.id, 1);
    store.attach({ id: drawing.id });
  };
  return (
    <li>
      <button type="button" class="recent-drawing" title={drawing.name} onClick={open}>
        <img src={thumbnailAddress(drawing.id, 1, null, 240)} alt="" loading="lazy" />
        <bdi>{drawing.name}</bdi>
        <span class="quiet small">{plural("facts.pages", drawing.pages.length)}</span>
      </button>
      <IconButton
        icon="trash"
        label={t("list.delete", { title: drawing.name })}
        onClick={() => deleteDrawing(drawing)}
      />
    </li>
  );
}

const STARTERS = ["starter.what", "starter.dimensions", "starter.title", "starter.tolerances"] as const;

export function NoMessages() {
  const hasDrawing = store.drawings.value.length > 0;
  const fitting = questionsFor(store.activeDrawing.value);
  const starters = fitting.length > 0 ? fitting : STARTERS.map((key) => t(key));
  const choose = (text: string) => () => {
    store.draft.value = text;
    document.querySelector<HTMLTextAreaElement>(".composer textarea")?.focus();
  };
  return (
    <div class="no-messages">
      <h2>{t(hasDrawing ? "welcome.ask" : "welcome.title")}</h2>
      <ul class="points">
        <li>{t("welcome.point.text")}</li>
        <li>{t("welcome.point.region")}</li>
        <li>{t("welcome.point.evidence")}</li>
      </ul>
      {!hasDrawing && (
        <div class="begin narrow-only">
          <FilePicker class="button primary">{t("welcome.choose")}</FilePicker>
          <SampleDrawings />
        </div>
      )}
      {hasDrawing && (
        <ul class="starters" aria-label={t("welcome.starters")}>
          {starters.map((text) => (
            <li key={text}>
              <button type="button" class="button starter" onClick={choose(text)}>
                {text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
