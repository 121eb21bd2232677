// Written by `python -m backend.chat.typescript`; do not edit.
// The types of the WebSocket protocol. Boxes are [x, y, width, height] in canvas pixels.

export const PROTOCOL_VERSION = 1;
export const MAX_FRAME_BYTES = 65536;
export const MAX_QUESTION_CHARACTERS = 16000;
export const MAX_DRAWINGS_PER_QUESTION = 16;

export type Box = [number, number, number, number];

/**
 * A question. `id` is the client's own; it comes back in `accepted` and in `error`. An `id` of 16
 * characters or more, such as a UUID, is remembered: sent again after a broken line, the same
 * question gives the same `accepted` and the turn's events from the first, not a second answer.
 * `parent_id` is the answer that it follows: null for the newest of the conversation, `root` for a
 * new branch at the top. Asking again is asking with the first question's `parent_id`.
 */
export interface Ask {
  type: "ask";
  id: string;
  conversation_id?: string | null;
  parent_id?: string | null;
  text: string;
  drawings?: DrawingReference[];
  options?: AskOptions;
}

/**
 * How to answer; left out: the server's defaults. More `max_tokens` than the window has room for
 * are as many as it has.
 */
export interface AskOptions {
  max_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  seed?: number | null;
}

/** A drawing attached to a question. Without `page`: all pages; without `region`: the page. */
export interface DrawingReference {
  id: string;
  page?: number | null;
  region?: Box | null;
}

/** Answered with `pong`. */
export interface Ping {
  type: "ping";
  id?: string | null;
}

/** Send the turn's events after `after_seq`, then go on live. */
export interface Resume {
  type: "resume";
  turn_id: string;
  after_seq?: number;
}

/** Stop a turn, named by `turn_id` or by the `ask`'s `id`. */
export interface Stop {
  type: "stop";
  turn_id?: string | null;
  id?: string | null;
}

/** Tell with `prefill` frames what the model has read ahead, now and at each change. */
export interface WatchPrefill {
  type: "prefill";
  id?: string | null;
}

export type ClientFrame =
  | Ask
  | Stop
  | Resume
  | WatchPrefill
  | Ping;

/** The question is stored. `message_id` is the answer's message. */
export interface Accepted {
  type: "accepted";
  id: string;
  turn_id: string;
  conversation_id: string;
  message_id: string;
  question_id: string;
  queue_position: number;
}

/**
 * The beginning of a prompt: of a first question about a drawing, all of it or its `page`, or of
 * the next question after the answer `message_id` in a conversation. `preparing`: it waits, or the
 * model is reading it; `ready`: the model has read it, a question is answered at once; `none`: it
 * is not read ahead, or no longer.
 */
export interface Beginning {
  drawing: string | null;
  page: number | null;
  conversation_id: string | null;
  message_id: string | null;
  state: "preparing" | "ready" | "none";
}

/** The tool call that gave a computed value, with its inputs. */
export interface ComputedBy {
  tool: string;
  arguments: Record<string, unknown>;
}

export interface DeltaFrame {
  type: "delta";
  turn_id: string;
  seq: number;
  text: string;
}

export interface Done {
  type: "done";
  turn_id: string;
  seq: number;
  finish_reason: "stop" | "length";
  usage: TurnUsage;
  timing: Timing;
  notes: string[];
  note_codes: NoteCode[];
  shown: Shown[];
}

/**
 * The text of a scanned page is being read in the background (`reading`), or that has ended: it is
 * `ocr` then, or `none` was found.
 */
export interface DrawingFrame {
  type: "drawing";
  id: string;
  page: number;
  text_source: "vector" | "ocr" | "none";
  reading: boolean;
}

/**
 * With `turn_id` and `seq` it ends that turn; without, only the named frame has failed. `id` is
 * that of the question, of the frame, or where that has none the id of its turn.
 */
export interface ErrorFrame {
  type: "error";
  code: string;
  message: string;
  id?: string | null;
  turn_id?: string | null;
  seq?: number | null;
  retry_after_s?: number | null;
}

export interface EvidenceFrame {
  type: "evidence";
  turn_id: string;
  seq: number;
  items: EvidenceItem[];
}

/**
 * A value of the answer and where it stands. `start`, `end`: UTF-16 offsets in the answer. `places`
 * are all its places where there are several, the nearest first. `read` is what a second look read,
 * empty where it could read nothing like it.
 */
export interface EvidenceItem {
  text: string;
  start: number;
  end: number;
  status: "found" | "computed" | "by_eye" | "not_found" | "confirmed" | "disputed";
  source: "vector" | "ocr" | null;
  drawing: string | null;
  page: number | null;
  box: Box | null;
  computed_by: ComputedBy | null;
  places: EvidencePlace[];
  read: string | null;
}

/** One of the places where a value stands. */
export interface EvidencePlace {
  drawing: string;
  page: number;
  box: Box;
}

export interface Hello {
  type: "hello";
  protocol: number;
  version: string;
  model: ModelInfo;
}

export interface ModelFrame {
  type: "model";
  model: ModelInfo;
}

/** The body of `/api/model`, also pushed at each change. */
export interface ModelInfo {
  state: "stopped" | "downloading" | "loading" | "warming" | "ready" | "asleep" | "restarting" | "failed";
  model: string;
  progress: ModelProgress | null;
  limits: Record<string, number>;
  plan: Record<string, unknown> | null;
  error: string | null;
  demo: "random" | "trained" | null;
  leaves_machine: boolean;
}

/** How far loading is; `eta_s` in seconds, null while it is not known. */
export interface ModelProgress {
  phase: string;
  done: number;
  total: number;
  unit: string;
  eta_s: number | null;
}

/** A note as a code and the values that its sentence has. */
export interface NoteCode {
  code: string;
  values: Record<string, string | number>;
}

export interface Pong {
  type: "pong";
  id: string | null;
}

/** What the model has read ahead; first all, then what has changed. Only where asked for. */
export interface PrefillFrame {
  type: "prefill";
  items: Beginning[];
}

export interface ReasoningFrame {
  type: "reasoning";
  turn_id: string;
  seq: number;
  text: string;
}

/**
 * What the model was given of a page: a picture at the size it was sent, or a text. `region` is the
 * part of the page in canvas pixels, null the whole page; `width`, `height` are the picture's
 * pixels as sent, null for a text; `tokens` is its cost in the prompt; `left_out` counts text items
 * that had no room.
 */
export interface Shown {
  kind: "overview" | "region" | "text";
  drawing: string;
  page: number;
  region: Box | null;
  width: number | null;
  height: number | null;
  tokens: number;
  left_out: number;
}

export interface Stopped {
  type: "stopped";
  turn_id: string;
  seq: number;
  usage: TurnUsage | null;
  timing: Timing | null;
  shown: Shown[];
}

/** Milliseconds since the question was accepted. */
export interface Timing {
  queue_ms: number;
  ttft_ms: number | null;
  total_ms: number;
}

/** The model calls a tool, or has its answer: `running`, then `done` or `failed`. */
export interface ToolFrame {
  step: number;
  name: string;
  state: "running" | "done" | "failed";
  arguments: Record<string, unknown>;
  result: Record<string, unknown> | null;
  error: string | null;
  at: number;
  type: "tool";
  turn_id: string;
  seq: number;
}

/** Tokens as the engine counted them. */
export interface TurnUsage {
  prompt_tokens: number;
  cached_tokens: number;
  image_tokens: number;
  completion_tokens: number;
}

export type ServerFrame =
  | Hello
  | ModelFrame
  | Pong
  | Accepted
  | DeltaFrame
  | ReasoningFrame
  | ToolFrame
  | EvidenceFrame
  | Done
  | Stopped
  | DrawingFrame
  | PrefillFrame
  | ErrorFrame;
