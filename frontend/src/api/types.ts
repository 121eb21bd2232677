/** The bodies of the HTTP API, where the page needs them. */
import type { Box, DrawingReference, EvidenceItem, Shown, ToolFrame, TurnUsage } from "./frames";

/** What went wrong: a fixed code, the server's English message and the values in it. */
export interface Problem {
  code: string;
  message: string;
}

export interface Listing<T> {
  items: T[];
  next: string | null;
}

/** A rectangle on a page of a drawing. */
export interface Place {
  drawing: string;
  page: number;
  box: Box;
}

// ── Drawings ─────────────────────────────────────────────────────────────────────────────

export interface PageInfo {
  number: number;
  width: number;
  height: number;
  text_source: "vector" | "ocr" | "none";
  /** Text recognition is running or queued; `text_source` is `none` until it has ended. */
  reading?: boolean;
  dpi?: number | null;
  label?: string | null;
}

/** A drawing as `GET /api/drawings/{id}` describes it. */
export interface DrawingInfo {
  id: string;
  name: string;
  media_type: string;
  bytes: number;
  sha256: string;
  pages: PageInfo[];
  warnings: string[];
}

/** A sample drawing of the project; `questions` by language. */
export interface Sample {
  name: string;
  title: string;
  sha256: string;
  questions: Record<string, string[]>;
}

// ── Conversations ────────────────────────────────────────────────────────────────────────

export interface Conversation {
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
}

/** A tool call with its result so far. */
export type ToolStep = Omit<ToolFrame, "type" | "turn_id" | "seq">;

export type StoredStatus = "complete" | "streaming" | "stopped" | "interrupted" | "failed";

/** A message as the server stores it. */
export interface StoredMessage {
  id: string;
  parent_id?: string | null;
  role: "user" | "assistant";
  text: string;
  status: StoredStatus;
  turn_id?: string | null;
  drawings?: DrawingReference[];
  evidence?: EvidenceItem[];
  tools?: ToolStep[];
  usage?: TurnUsage | null;
  shown?: Shown[];
  created_at?: number;
}

export interface ConversationDetail extends Conversation {
  /** Ids of the drawings attached to its questions. */
  drawings: string[];
  messages: StoredMessage[];
  /** The cursor for earlier messages. */
  next: string | null;
}

// ── Tables ───────────────────────────────────────────────────────────────────────────────

export const TABLE_KINDS = [
  "dimensions",
  "title_block",
  "bom",
  "revisions",
  "notes",
  "part_numbers",
  "views",
  "text",
] as const;
export type TableKind = (typeof TABLE_KINDS)[number];

export interface Cell {
  value: string | null;
  status: "found" | "computed" | "by_eye" | "not_found" | "disputed" | "missing" | "corrected";
  box: Box | null;
  page: number | null;
  source: string | null;
  note?: string;
  was?: string | null;
  by?: string;
  at?: number;
}

export interface Row {
  id: string;
  page: number;
  box: Box | null;
  cells: Record<string, Cell>;
}

export interface Table {
  kind: TableKind;
  columns: string[];
  rows: Row[];
  notes: string[];
  model: boolean;
  created_at: number;
}

/** An extraction that has not ended. */
export interface Job {
  job: string;
  state: "waiting" | "running" | "done" | "failed";
  progress: { done: number; total: number; unit: string };
}

export interface Balloon {
  row: string;
  number: number;
  page: number;
  x: number;
  y: number;
  radius: number;
  target: [number, number];
  moved: boolean;
}

// ── Comparing ────────────────────────────────────────────────────────────────────────────

export const CHANGE_KINDS = ["changed", "added", "removed", "moved"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A text on one of the compared sheets. */
export interface ComparedText {
  text: string | null;
  box: Box;
}

export interface Change {
  kind: ChangeKind;
  old: ComparedText;
  new: ComparedText;
  /** It changed and moved. */
  moved?: boolean;
}

export interface ComparedSheet {
  drawing: string;
  page: number;
  width: number;
  height: number;
  text_source: PageInfo["text_source"];
}

/** An affine transformation, as SVG's `matrix(a b c d e f)`. */
export type AffineNumbers = [number, number, number, number, number, number];

export interface Comparison {
  old: ComparedSheet;
  new: ComparedSheet;
  alignment: {
    matrix: AffineNumbers;
    scale: number;
    angle: number;
    by: "text" | "canvas";
    texts: number;
  };
  without_text: ("old" | "new")[];
  changes: Change[];
}

// ── Sign-in ──────────────────────────────────────────────────────────────────────────────

/** `owner` is null until signed in. */
export interface Session {
  token_needed: boolean;
  signed_in: boolean;
  owner: string | null;
}
