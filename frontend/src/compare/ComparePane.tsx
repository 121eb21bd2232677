/** The comparison pane: choice of sheets, image of both, list of changes. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { CHANGE_KINDS, type Change, type Comparison } from "../api/types";
import { ProblemWithRetry } from "../app/controls/ProblemWithRetry";
import { plural, t } from "../i18n";
import { ComparedImage } from "./ComparedImage";
import {
  askAboutChanges,
  choices,
  choose,
  chooseSheet,
  chosen,
  compare,
  comparing,
  comparison,
  followSheets,
  kindOf,
  newSheet,
  oldSheet,
  problem,
  sheetName,
  swap,
  wordsOf,
} from "./comparison";
import "./compare.css";

export function ComparePane(): JSX.Element {
  useEffect(followSheets, []);
  return (
    <div class="compare side-pane" role="tabpanel" aria-label={t("compare.label")}>
      <div class="side-head">
        <Choice label={t("compare.old")} sheet={oldSheet} kind="old" />
        <button
          type="button"
          class="button"
          aria-label={t("compare.swap")}
          title={t("compare.swap")}
          onClick={swap}
        >
          ⇄
        </button>
        <Choice label={t("compare.new")} sheet={newSheet} kind="new" />
      </div>
      <div class="compare-body side-body">
        <Body />
      </div>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  sheet: typeof oldSheet;
  kind: "old" | "new";
}

function Choice({ label, sheet, kind }: ChoiceProps): JSX.Element {
  return (
    <label class={`compare-choice compare-${kind}`}>
      <span>{label}</span>
      <select
        value={sheet.value ?? ""}
        onChange={(event) => chooseSheet(kind, event.currentTarget.value || null)}
      >
        <option value="">{t("compare.choose")}</option>
        {choices.value.flatMap(({ id, name, pages }) =>
          pages.map(({ number }) => (
            <option key={`${id}.${number}`} value={`${id}.${number}`}>
              {sheetName(name, number, pages.length)}
            </option>
          )),
        )}
      </select>
    </label>
  );
}

function Body(): JSX.Element {
  const found = comparison.value;
  if (problem.value !== null) {
    return (
      <ProblemWithRetry
        problem={problem.value}
        retry={() => void compare(oldSheet.value, newSheet.value)}
      />
    );
  }
  const status = found ? summary(found) : t(comparing.value ? "compare.running" : "compare.hint");
  return (
    <>
      <p class="side-quiet" role="status">
        {status}
      </p>
      {found && <Notes found={found} />}
      {found && <ComparedImage found={found} />}
      {found && found.changes.length > 0 && <List found={found} />}
    </>
  );
}

function summary(found: Comparison): string {
  if (found.without_text.length > 0) return "";
  if (found.changes.length === 0) return t("compare.none");
  return CHANGE_KINDS.map(
    (kind) => [kind, found.changes.filter((one) => one.kind === kind).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => plural(`compare.count.${kind}`, count))
    .join(" · ");
}

function Notes({ found }: { found: Comparison }): JSX.Element | null {
  const notes = found.without_text.map((which) => t(`compare.without.${which}`));
  const differ = found.changes.length > 0;
  if (differ && found.alignment.texts < 3) notes.push(t("compare.byCanvas"));
  const scanned = [found.old, found.new].some((sheet) => sheet.text_source === "ocr");
  if (differ && scanned) notes.push(t("compare.recognised"));
  return notes.length === 0 ? null : (
    <ul class="side-notes" role="note">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function List({ found }: { found: Comparison }): JSX.Element {
  return (
    <>
      <ol class="compare-list" aria-label={t("compare.list")} onKeyDown={step}>
        {found.changes.map((change, index) => (
          <li key={index}>
            <button
              type="button"
              class={`compare-change compare-is-${change.kind}`}
              aria-current={chosen.value === index ? "true" : undefined}
              onClick={() => choose(index)}
            >
              <span class="compare-kind">{kindOf(change)}</span>
              <Words change={change} />
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="button" onClick={askAboutChanges}>
        {t("compare.ask")}
      </button>
    </>
  );
}

function Words({ change }: { change: Change }): JSX.Element {
  if (change.kind !== "changed") return <bdi>{wordsOf(change)}</bdi>;
  return (
    <span>
      <del>{change.old.text}</del> → <ins>{change.new.text}</ins>
    </span>
  );
}

/** Arrow keys move between changes. */
function step(event: KeyboardEvent): void {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement) + by;
  buttons[Math.min(Math.max(at, 0), buttons.length - 1)]?.focus();
}
