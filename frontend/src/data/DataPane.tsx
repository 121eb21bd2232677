/** The data pane: choice of table, its source, its rows, downloads. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { TABLE_KINDS, type TableKind } from "../api/types";
import { ProblemWithRetry } from "../app/controls/ProblemWithRetry";
import { useMenu } from "../app/controls/use_menu";
import { type Key, number, plural, t, tCoded } from "../i18n";
import { activeDrawing, activePage } from "../store";
import { DataTable } from "./DataTable";
import { followTables, job, kind, load, problem, showKind, table } from "./drawing_tables";
import "./data.css";

const DOUBTFUL = new Set(["by_eye", "not_found", "disputed"]);

export function DataPane(): JSX.Element {
  useEffect(followTables, []);
  const drawing = activeDrawing.value;
  return (
    <div class="data side-pane" role="tabpanel" aria-label={t("data.label")}>
      <Head drawing={drawing?.id ?? null} />
      <div class="side-body">{drawing === null ? <p>{t("data.noDrawing")}</p> : <Body />}</div>
    </div>
  );
}

function Head({ drawing }: { drawing: string | null }): JSX.Element {
  return (
    <div class="side-head">
      <label class="data-kind">
        <span class="side-quiet">{t("data.kind")}</span>
        <select
          value={kind.value}
          onChange={(event) => showKind(event.currentTarget.value as TableKind)}
        >
          {TABLE_KINDS.map((one) => (
            <option key={one} value={one}>
              {t(`data.kind.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button"
        disabled={drawing === null || job.value !== null}
        onClick={() => void load(drawing, kind.value, true)}
      >
        {t("data.again")}
      </button>
      {drawing !== null && table.value !== null && <Downloads drawing={drawing} />}
    </div>
  );
}

function Downloads({ drawing }: { drawing: string }): JSX.Element {
  const { close, details } = useMenu();
  const from = `/api/drawings/${encodeURIComponent(drawing)}`;
  const shownKind = table.value?.kind ?? kind.value;
  const sheet = `${from}/balloons/sheet?page=${activePage.value}`;
  const links: [string, string][] = ["csv", "xlsx", "json"].map((format) => [
    format.toUpperCase(),
    `${from}/extract/${shownKind}?format=${format}`,
  ]);
  if (shownKind === "dimensions") {
    links.push(
      [t("data.form3"), `${from}/extract/dimensions?format=xlsx&form=as9102`],
      [t("data.balloonsPdf"), `${sheet}&format=pdf`],
      [t("data.balloonsPng"), `${sheet}&format=png`],
    );
  }
  return (
    <details class="data-downloads" {...details}>
      <summary class="button">{t("data.download")}</summary>
      <ul>
        {links.map(([words, href]) => (
          <li key={words}>
            <a href={href} download={words === "JSON" ? `${shownKind}.json` : ""} onClick={close}>
              {words}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Body(): JSX.Element | null {
  const running = job.value;
  const shown = table.value;
  if (problem.value !== null) {
    return (
      <ProblemWithRetry
        problem={problem.value}
        retry={() => void load(activeDrawing.value?.id ?? null, kind.value)}
      />
    );
  }
  return (
    <>
      <p class="side-quiet" role="status">
        {running && progress(running.state, running.progress)}
        {!running && shown && summary()}
      </p>
      {shown && (
        <>
          {shown.notes.length > 0 && (
            <ul class="side-notes">
              {shown.notes.map((note, at) => (
                <li key={note}>{tCoded("table", note, shown.note_codes?.[at])}</li>
              ))}
            </ul>
          )}
          {shown.rows.length > 0 ? <DataTable shown={shown} /> : <p>{t("data.empty")}</p>}
        </>
      )}
    </>
  );
}

function progress(state: string, { done, total }: { done: number; total: number }): string {
  if (state === "waiting") return t("data.waiting");
  return t("data.reading", { done: number(Math.min(done + 1, total)), total: number(total) });
}

function summary(): string {
  const shown = table.value;
  if (shown === null) return "";
  const doubts = shown.rows.filter((row) =>
    Object.values(row.cells).some((cell) => DOUBTFUL.has(cell.status)),
  ).length;
  const from: Key = shown.model ? "data.withModel" : "data.fromText";
  const parts = [plural("data.rows", shown.rows.length), t(from)];
  if (doubts > 0) parts.push(plural("data.toCheck", doubts));
  return parts.join(" · ");
}
