/** Messages on the stage: opening, errors with a retry button, how to mark a region. */
import type { JSX } from "preact";

import { t } from "../i18n";
import { regionMode } from "../store";
import type { ViewerModel } from "./viewer_model";

export function Notes({ model }: { model: ViewerModel }): JSX.Element {
  const state = model.view.state.value;
  const tiles = model.view.tileTrouble.value;
  return (
    <div class="viewer-notes">
      {state.name === "opening" && <p class="viewer-note viewer-late">{t("viewer.opening")}</p>}
      {state.name === "failed" && (
        <Trouble
          text={t("viewer.failed", { message: state.message })}
          retry={() => model.reopen()}
        />
      )}
      {tiles !== null && state.name === "open" && (
        <Trouble
          text={t("viewer.tilesFailed", { message: tiles })}
          retry={() => model.view.retryTiles()}
        />
      )}
      {regionMode.value && <p class="viewer-note viewer-hint">{t("viewer.regionHint")}</p>}
    </div>
  );
}

function Trouble({ text, retry }: { text: string; retry: () => void }): JSX.Element {
  return (
    <p class="viewer-note viewer-trouble" role="alert">
      {text}
      <button type="button" class="viewer-button" onClick={retry}>
        {t("viewer.retry")}
      </button>
    </p>
  );
}
