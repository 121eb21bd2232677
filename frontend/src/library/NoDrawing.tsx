/** The drawing pane without a drawing: upload one, try a sample, or open a recent one. */
import { useEffect } from "preact/hooks";
import { thumbnailAddress } from "../api/addresses";
import type { DrawingInfo } from "../api/types";
import { Icon } from "../app/controls/Icon";
import { IconButton } from "../app/controls/IconButton";
import { plural, t } from "../i18n";
import * as store from "../store";
import { FilePicker } from "./FilePicker";
import {
  deleteDrawing,
  loadMoreRecentDrawings,
  loadRecentDrawings,
  moreRecentDrawings,
  recentDrawings,
} from "./recent_drawings";
import { loadSamples, openSample, samples } from "./samples";
import { refreshReading } from "./text_recognition";

export function NoDrawing() {
  return (
    <div class="no-drawing">
      <div class="drop-here">
        <Icon name="sheet" />
        <h2>{t("welcome.drop")}</h2>
        <p class="quiet">{t("welcome.formats")}</p>
        <FilePicker class="button primary">{t("welcome.choose")}</FilePicker>
        <p class="quiet small">
          {t(store.model.value?.leaves_machine ? "model.leavesWhere" : "welcome.local")}
        </p>
        <SampleDrawings />
      </div>
      <RecentDrawings />
    </div>
  );
}

/** Sample drawings to try the product with. */
export function SampleDrawings() {
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

/** Drawings that are on the server already; each can be opened or deleted. */
function RecentDrawings() {
  useEffect(
    () => void loadRecentDrawings(),
    [store.conversationId.value, store.connection.value === "open"],
  );
  if (recentDrawings.value.length === 0) return null;
  return (
    <section class="recent">
      <h3>{t("welcome.recent")}</h3>
      <ul>
        {recentDrawings.value.map((drawing) => (
          <RecentDrawing key={drawing.id} drawing={drawing} />
        ))}
      </ul>
      {moreRecentDrawings.value && (
        <button type="button" class="button" onClick={() => void loadMoreRecentDrawings()}>
          {t("list.more")}
        </button>
      )}
    </section>
  );
}

function RecentDrawing({ drawing }: { drawing: DrawingInfo }) {
  const open = (): void => {
    store.openDrawing(drawing);
    void refreshReading(drawing);
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
