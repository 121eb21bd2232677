/** Previous page, a field for the page number, next page. */
import type { JSX } from "preact";

import { number, t } from "../i18n";
import { activeDrawing, activePage, showSheet } from "../store";
import { perform } from "./actions";
import { clamp } from "./geometry";
import { ViewerButton } from "./ViewerButton";
import type { ViewerModel } from "./viewer_model";

export function PageNavigation({ model }: { model: ViewerModel }): JSX.Element | null {
  const drawing = activeDrawing.value;
  if (drawing === null) return null;
  const count = drawing.pages.length;
  const page = activePage.value;
  const goTo = (field: HTMLInputElement): void => {
    const wanted = Math.round(Number(field.value));
    if (Number.isFinite(wanted) && wanted > 0) showSheet(drawing.id, clamp(wanted, 1, count));
    field.value = String(activePage.value);
  };
  return (
    <div class="viewer-paging" role="group" aria-label={t("viewer.pages")}>
      <ViewerButton
        icon="previous"
        label={t("viewer.previousPage")}
        keys="P"
        disabled={page <= 1}
        onClick={() => void perform(model, "previousPage")}
      />
      <input
        class="viewer-field viewer-page-field"
        inputMode="numeric"
        aria-label={t("viewer.goToPage")}
        value={page}
        onChange={(event) => goTo(event.currentTarget)}
        onFocus={(event) => event.currentTarget.select()}
      />
      <span>{t("viewer.pageCount", { count: number(count) })}</span>
      <ViewerButton
        icon="next"
        label={t("viewer.nextPage")}
        keys="N"
        disabled={page >= count}
        onClick={() => void perform(model, "nextPage")}
      />
    </div>
  );
}
