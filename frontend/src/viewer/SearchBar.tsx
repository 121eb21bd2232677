/** The search over the sheet's text: a field, the count, the way from hit to hit. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { number, t } from "../i18n";
import { activeDrawing, activePage } from "../store";
import { IconButton } from "./icons";
import type { ViewerModel } from "./viewer_model";

/** So long the field waits for the next letter. */
const PATIENCE_MS = 180;

export function SearchBar({ model }: { model: ViewerModel }): JSX.Element {
  const { search } = model;
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  // At once, so that no letter typed after "/" goes to the sheet.
  useLayoutEffect(() => {
    field.current?.focus();
    return () => window.clearTimeout(timer.current);
  }, []);
  const find = (): void => {
    window.clearTimeout(timer.current);
    void search.find(field.current?.value ?? "");
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      model.closeSearch();
      model.view.stage.focus({ preventScroll: true });
    } else if (event.key === "Enter" && event.target === field.current) {
      if (search.query.value === field.current?.value) search.step(event.shiftKey ? -1 : 1);
      else find();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const none = search.hits.value.length === 0;
  return (
    <div class="viewer-search" role="search" onKeyDown={keys}>
      <input
        ref={field}
        class="viewer-field"
        type="search"
        maxLength={200}
        aria-label={t("viewer.search")}
        placeholder={t("viewer.searchPlaceholder")}
        defaultValue={search.query.peek()}
        onInput={() => {
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(find, PATIENCE_MS);
        }}
      />
      <Outcome model={model} leave={() => field.current?.focus()} />
      <IconButton
        icon="up"
        label={t("viewer.previousHit")}
        keys="Shift+F3"
        disabled={none}
        onClick={() => search.step(-1)}
      />
      <IconButton
        icon="down"
        label={t("viewer.nextHit")}
        keys="F3"
        disabled={none}
        onClick={() => search.step(1)}
      />
      <IconButton
        icon="copy"
        label={t("viewer.copyText")}
        disabled={none}
        onClick={() => void model.copyText(search.hit.value?.text ?? "")}
      />
      <IconButton icon="close" label={t("viewer.closeSearch")} onClick={() => model.closeSearch()} />
    </div>
  );
}

/** `leave`: takes the focus from a button that is about to go. */
function Outcome({ model, leave }: { model: ViewerModel; leave: () => void }): JSX.Element {
  const { hits, at, state } = model.search;
  const now = state.value;
  const count = hits.value.length;
  const pages = activeDrawing.value?.pages ?? [];
  const page = pages.find((known) => known.number === activePage.value);
  /** This page alone was searched. */
  const here = now.name === "done" && !now.everywhere;
  let words = "";
  if (now.name === "failed") words = now.message;
  else if (now.name === "running") {
    words =
      now.page === null
        ? t("viewer.searchRunning")
        : t("viewer.searchPage", { page: number(now.page) });
  } else if (now.name === "done") {
    if (count > 0) {
      words = t("viewer.searchCount", { at: number(at.value + 1), count: number(count) });
    } else if (now.everywhere) words = t("viewer.searchNowhere");
    else words = t("viewer.searchNothing");
  }
  if (page?.text_source === "none" && count === 0 && (now.name === "idle" || here)) {
    words = t("viewer.noText");
  }
  return (
    <>
      <output class="viewer-outcome">{words}</output>
      {here && count === 0 && pages.length > 1 && (
        <button
          type="button"
          class="viewer-button"
          onClick={() => {
            leave();
            void model.searchElsewhere();
          }}
        >
          {t("viewer.searchOtherPages")}
        </button>
      )}
      {now.name === "running" && now.page !== null && (
        <button
          type="button"
          class="viewer-button"
          onClick={() => {
            leave();
            model.search.stop();
          }}
        >
          {t("viewer.searchStop")}
        </button>
      )}
    </>
  );
}
