/** The search bar: field, number of hits, next and previous. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { number, t } from "../i18n";
import { activeDrawing, activePage } from "../store";
import { ViewerButton } from "./ViewerButton";
import type { ViewerModel } from "./viewer_model";

/** The pause in typing before a search starts, in milliseconds. */
const PATIENCE_MS = 180;

export function SearchBar({ model }: { model: ViewerModel }): JSX.Element {
  const { search } = model;
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  // A layout effect, so that no letter typed after "/" goes to the sheet.
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
      if (search.query.value === field.current?.value) model.stepHit(event.shiftKey ? -1 : 1);
      else find();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const none = search.total.value === 0;
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
      <ViewerButton
        icon="up"
        label={t("viewer.previousHit")}
        keys="Shift+F3"
        disabled={none}
        onClick={() => model.stepHit(-1)}
      />
      <ViewerButton
        icon="down"
        label={t("viewer.nextHit")}
        keys="F3"
        disabled={none}
        onClick={() => model.stepHit(1)}
      />
      <ViewerButton
        icon="copy"
        label={t("viewer.copyText")}
        disabled={search.hit.value === null}
        onClick={() => void model.copyText(search.hit.value?.text ?? "")}
      />
      <ViewerButton
        icon="close"
        label={t("viewer.closeSearch")}
        onClick={() => model.closeSearch()}
      />
    </div>
  );
}

/** `leave`: moves the focus away from a button that is about to disappear. */
function Outcome({ model, leave }: { model: ViewerModel; leave: () => void }): JSX.Element {
  const { search } = model;
  const now = search.state.value;
  const counting = now.name === "running" && now.page !== null;
  const stopped = now.name === "done" && !now.everywhere;
  const act = (run: () => void): void => {
    leave();
    run();
  };
  return (
    <>
      <output class="viewer-outcome">{outcome(model)}</output>
      {counting && (
        <button type="button" class="viewer-button" onClick={() => act(() => search.stop())}>
          {t("viewer.searchStop")}
        </button>
      )}
      {stopped && (
        <button
          type="button"
          class="viewer-button"
          onClick={() => act(() => void search.countOn())}
        >
          {t("viewer.searchOtherPages")}
        </button>
      )}
    </>
  );
}

/** The current hit and the number of hits, here and in the whole drawing. */
function outcome(model: ViewerModel): string {
  const { hits, at, state, total } = model.search;
  const now = state.value;
  const pages = activeDrawing.value?.pages ?? [];
  const here = hits.value.length;
  if (now.name === "failed") return now.message;
  if (now.name === "running" && now.page === null) return t("viewer.searchRunning");
  if (total.value === 0) {
    const page = pages.find((known) => known.number === activePage.value);
    const without = now.name === "idle" ? [page] : pages;
    if (without.every((known) => known?.text_source === "none")) {
      return t(without.some((known) => known?.reading) ? "viewer.readingText" : "viewer.noText");
    }
    if (now.name === "idle") return "";
    if (now.name === "running") return t("viewer.searchPage", { page: number(now.page ?? 0) });
    if (pages.length === 1 || !now.everywhere) return t("viewer.searchNothing");
    return t("viewer.searchNowhere");
  }
  const count = { at: number(at.value + 1), count: number(here) };
  if (total.value === here && now.name === "done") return t("viewer.searchCount", count);
  // More hits may come while other pages are searched.
  const all = `${number(total.value)}${now.name === "done" && now.everywhere ? "" : "…"}`;
  return here === 0
    ? t("viewer.searchElsewhere", { total: all })
    : t("viewer.searchCountAll", { ...count, total: all });
}
