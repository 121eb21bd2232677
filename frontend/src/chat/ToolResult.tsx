/** The result of a standards tool as a small table. */

import type { CodedSentence } from "../api/types";
import { decimal, tCoded, tResult } from "../i18n";
import { type Cell, columnsOf, resultTable, unitOf } from "./tool_result";

interface Props {
  result: Record<string, unknown>;
  note_codes: (CodedSentence | null)[];
}

export function ToolResult({ result, note_codes }: Props) {
  const { facts, rows, notes } = resultTable(result);
  const shown = facts.filter((fact) => fact.key !== "found" && fact.key !== "text");
  return (
    <>
      {rows.length > 0 && <Rows rows={rows} />}
      {shown.length > 0 && (
        <dl class="tool-facts">
          {shown.map((fact) => (
            <div key={fact.key}>
              <dt>{tResult(fact.key)}</dt>
              <dd>{valueText(fact)}</dd>
            </div>
          ))}
        </dl>
      )}
      {notes.map((note, at) => (
        <p key={note} class="quiet">
          {tCoded("standard", note, note_codes[at])}
        </p>
      ))}
    </>
  );
}

function Rows({ rows }: { rows: ReturnType<typeof resultTable>["rows"] }) {
  const columns = columnsOf(rows);
  return (
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col">
                {tResult(column)}{" "}
                {unitOf(rows, column) && <span class="quiet">{unitOf(rows, column)}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.path.join()}>
              <th scope="row">{row.path.map(rowWord).join(", ")}</th>
              {columns.map((column) => {
                const cell = row.cells.find((known) => known.key === column);
                const inHead = unitOf(rows, column) !== "";
                return (
                  <td key={column}>
                    {cell ? valueText(inHead ? { ...cell, unit: "" } : cell) : "–"}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Rows are limits of sizes, where a thread's "pitch" is its pitch diameter. */
const rowWord = (key: string): string => tResult(key === "pitch" ? "pitch_diameter" : key);

/** Keys whose values are words, not numbers. */
const WORDS = ["kind", "series"];

const valueText = ({ key, value, unit }: Cell): string =>
  `${WORDS.includes(key) ? tResult(value) : decimal(value)}${unit && !"°′".includes(unit) ? " " : ""}${unit}`;
