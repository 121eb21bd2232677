/**
 * The bodies of the HTTP API under the page's names. Those of tables, comparisons, samples and
 * sign-in are written by hand: the server describes them as plain objects.
 */
import type {
  Box,
  ConversationInfo,
  DrawingBody,
  MessageInfo,
  NoteCode,
  PageBody,
  TextBody,
  ZonesBody,
} from "./schema";

/** What went wrong: a fixed code and the server's English message. */
export interface Problem {
  code: string;
  message: string;
  /** Why a file is not supported, e.g. `cad_model`. */
  reason?: string;
}

/** A sentence of the server as a code and the values in it. */
export type CodedSentence = NoteCode;

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

export type PageInfo = PageBody;
export type DrawingInfo = DrawingBody;
export type TextItem = TextBody;
export type Zones = ZonesBody;

/** A sample drawing of the project; `questions` by language. */
export interface Sample {
  name: string;
  title: string;
  sha256: string;
  questions: Record<string, string[]>;
}

// ── Conversations ────────────────────────────────────────────────────────────────────────

export type Conversation = ConversationInfo;
export type StoredMessage = MessageInfo;
export type StoredStatus = MessageInfo["status"];
export type { ConversationDetail, ToolStep } from "./schema";

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
  /** The code of a name that the server gave, such as `bom`. */
  value_code?: string | null;
  status: "found" | "computed" | "by_eye" | "not_found" | "disputed" | "missing" | "corrected";
  box: Box | null;
  page: number | null;
  source: string | null;
  note?: string;
  note_code?: CodedSentence | null;
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
  /** The codes of the notes, in the same order. */
  note_codes?: (CodedSentence | null)[];
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
