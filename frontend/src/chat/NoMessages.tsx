/** The chat pane without messages: what the product does, and questions to start with. */
import { t } from "../i18n";
import { FilePicker } from "../library/FilePicker";
import { SampleDrawings } from "../library/NoDrawing";
import { questionsFor } from "../library/samples";
import * as store from "../store";

const STARTERS = [
  "starter.what",
  "starter.dimensions",
  "starter.title",
  "starter.tolerances",
] as const;

export function NoMessages() {
  const hasDrawing = store.drawings.value.length > 0;
  const fitting = questionsFor(store.activeDrawing.value);
  const starters = fitting.length > 0 ? fitting : STARTERS.map((key) => t(key));
  const choose = (text: string) => () => {
    store.writeDraft(text);
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
