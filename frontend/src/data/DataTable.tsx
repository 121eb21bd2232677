/** A table whose rows show their place on the sheet and whose cells can be corrected. */
import { batch } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Cell, Row, Table } from "../api/types";
import { decimal, type Key, plainDecimal, t, tCoded, when } from "../i18n";
import { showPane } from "../store";
import { ViewerButton } from "../viewer/ViewerButton";
import { choose, chosen, correct, nameOf, takeOut, word } from "./drawing_tables";

/** Columns whose values are API names, to be translated. */
const NAMED = new Set(["field", "kind", "role", "tolerance_by"]);
/** Columns whose values are numbers. */
const NUMBERS = new Set(["nominal", "upper", "lower", "smallest", "largest"]);
/** Columns that cannot be corrected. */
const FIXED: Record<string, string> = { dimensions: "number", title_block: "field" };

export function DataTable({ shown }: { shown: Table }): JSX.Element {
  const columns = ordered(shown.columns).filter((column) => isUsed(shown, column));
  const pages = new Set(shown.rows.map((row) => row.page)).size > 1;
  return (
    <div class="data-scroll" tabIndex={0} role="group" aria-label={t(`data.kind.${shown.kind}`)}>
      <table class="data-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {columnName(column)}
              </th>
            ))}
            {pages && <th scope="col">{t("data.page")}</th>}
            <td />
          </tr>
        </thead>
        <tbody>
          {shown.rows.map((row) => (
            <Line key={row.id} row={row} table={shown} columns={columns} pages={pages} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line(props: { row: Row; table: Table; columns: string[]; pages: boolean }): JSX.Element {
  const { row, table, columns, pages } = props;
  const line = useRef<HTMLTableRowElement>(null);
  const isChosen = chosen.value === row.id;
  useEffect(() => {
    if (isChosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const name = nameOf(row);
  return (
    <tr
      ref={line}
      class={isChosen ? "data-chosen" : undefined}
      aria-current={isChosen || undefined}
    >
      {columns.map((column, place) => (
        <td key={column} class={statusOf(row.cells[column])}>
          {place === 0 ? (
            <button
              type="button"
              class="data-cell data-first"
              title={t("data.show", { name })}
              disabled={row.box === null}
              onClick={() => choose(row)}
            >
              {column === "name" ? name : shownValue(column, row.cells[column]) || name}
            </button>
          ) : (
            <EditableCell row={row} column={column} fixed={FIXED[table.kind] === column} />
          )}
        </td>
      ))}
      {pages && <td>{row.page}</td>}
      <td>
        {table.kind !== "title_block" && (
          <ViewerButton
            icon="close"
            label={t("data.remove", { name })}
            onClick={() => void takeOut(row)}
          />
        )}
      </td>
    </tr>
  );
}

function EditableCell(props: { row: Row; column: string; fixed: boolean }): JSX.Element {
  const { row, column, fixed } = props;
  const cell = row.cells[column];
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const words = columnName(column);
  const value = shownValue(column, cell);
  if (fixed) return <span class="data-cell">{value}</span>;
  const close = (next: string | null): void => {
    setEditing(false);
    const plain = next !== null && NUMBERS.has(column) ? plainDecimal(next) : next;
    if (plain !== null && plain !== (cell?.value ?? "")) void correct(row.id, column, plain);
    requestAnimationFrame(() => button.current?.focus());
  };
  if (editing) {
    const start = NUMBERS.has(column) ? value : (cell?.value ?? "");
    return <Field label={t("data.field", { column: words })} value={start} close={close} />;
  }
  return (
    <span class="data-row">
      <button
        ref={button}
        type="button"
        class="data-cell"
        title={explained(cell)}
        aria-label={
          value
            ? `${t("data.edit", { column: words, value })}. ${explained(cell)}`
            : t("data.editEmpty", { column: words })
        }
        onClick={() => {
          // On a narrow page the sheet would cover the field being edited.
          batch(() => {
            choose(row);
            showPane("chat");
          });
          setEditing(true);
        }}
      >
        {value || "–"}
      </button>
      {cell?.status === "corrected" && (
        <ViewerButton
          icon="rotate"
          label={t("data.takeBack", { column: words })}
          onClick={() => void correct(row.id, column, null)}
        />
      )}
    </span>
  );
}

function Field(props: {
  label: string;
  value: string;
  close: (next: string | null) => void;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  // A layout effect, so that a key pressed immediately goes into the field.
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const end = (next: string | null): void => {
    if (done.current) return;
    done.current = true;
    props.close(next);
  };
  return (
    <input
      ref={input}
      class="data-field"
      aria-label={props.label}
      defaultValue={props.value}
      onBlur={(event) => end(event.currentTarget.value.trim())}
      onKeyDown={(event) => {
        if (event.key === "Enter") end(event.currentTarget.value.trim());
        else if (event.key === "Escape") end(null);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}

/** Number and text first: they identify a row. */
function ordered(columns: string[]): string[] {
  if (!columns.includes("number") || !columns.includes("text")) return columns;
  return [
    "number",
    "text",
    ...columns.filter((column) => column !== "number" && column !== "text"),
  ];
}

/** Whether any row has a value in the column. */
function isUsed(shown: Table, column: string): boolean {
  return column === "value" || shown.rows.some((row) => row.cells[column]?.value);
}

function columnName(column: string): string {
  return t(`data.column.${column}` as Key);
}

function shownValue(column: string, cell: Cell | undefined): string {
  const value = cell?.value ?? "";
  if (NUMBERS.has(column)) return decimal(value);
  return NAMED.has(column) ? word(value) : value;
}

function statusOf(cell: Cell | undefined): string {
  return cell === undefined ? "" : `data-${cell.status}`;
}

/** The status of a cell in words, not by colour alone. */
function explained(cell: Cell | undefined): string {
  if (cell === undefined) return t("data.nothing");
  const parts = [t(`data.status.${cell.status}`)];
  if (cell.status === "corrected") {
    const values = {
      by: cell.by ?? "",
      when: when(cell.at ?? 0),
      was: cell.was ?? t("data.nothing"),
    };
    return t("data.corrected", values);
  }
  if (cell.note) parts.push(tCoded("table", cell.note, cell.note_code));
  return parts.join(". ");
}
