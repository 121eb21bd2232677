// Written by `npm run types` from the server's models; do not edit.

export const PROTOCOL_VERSION = 1;
export const MAX_FRAME_BYTES = 65536;
export const MAX_QUESTION_CHARACTERS = 16000;
export const MAX_DRAWINGS_PER_QUESTION = 16;

/**
 * `[x, y, width, height]` in canvas pixels.
 *
 * @minItems 4
 * @maxItems 4
 */
export type Box = [number, number, number, number];
export type ClientFrame = Ask | Stop | Resume | WatchPrefill | Ping;
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

/**
 * The question is stored. `message_id` is the answer's message; `answered_by` tells whether the model answers, or code from the sheet's text and tables.
 */
export interface Accepted {
  type: "accepted";
  id: string;
  turn_id: string;
  conversation_id: string;
  message_id: string;
  question_id: string;
  queue_position: number;
  answered_by: "model" | "sheet";
}
/**
 * A question. `id` is chosen by the client and returned in `accepted` and in `error`. An `id` of at least 16 characters, such as a UUID, makes the question idempotent: sent again after a lost connection, it returns the same `accepted` and the turn's events from the first. `parent_id` is the answer it follows: null for the newest of the conversation, `root` for a new branch at the top. To ask again, use the `parent_id` of the first question.
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
 * A drawing attached to a question. Without `page`: all pages; without `region`: the page.
 */
export interface DrawingReference {
  id: string;
  page?: number | null;
  region?: Box | null;
}
/**
 * How to answer; by default the server's. `max_tokens` is limited to the room left in the model's window. `answer_by` asks the model or the sheet itself, whoever would answer by default.
 */
export interface AskOptions {
  max_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  seed?: number | null;
  answer_by?: ("model" | "sheet") | null;
}
/**
 * The prefix of a prompt: of a first question about a drawing (all of it or its `page`), or of the next question after the answer `message_id` in a conversation. `preparing`: its prefill waits or runs; `ready`: it is in the cache, so an answer starts at once; `none`: it is not in the cache, or no longer.
 */
export interface Beginning {
  drawing: string | null;
  page: number | null;
  conversation_id: string | null;
  message_id: string | null;
  state: "preparing" | "ready" | "none";
}
/**
 * Stop a turn, by `turn_id` or by the `id` of its `ask`.
 */
export interface Stop {
  type: "stop";
  turn_id?: string | null;
  id?: string | null;
}
/**
 * Send the turn's events after `after_seq`, then continue live.
 */
export interface Resume {
  type: "resume";
  turn_id: string;
  after_seq?: number;
}
/**
 * Report the prefilled prompts with `prefill` frames, now and at each change.
 */
export interface WatchPrefill {
  type: "prefill";
  id?: string | null;
}
/**
 * Answered with `pong`.
 */
export interface Ping {
  type: "ping";
  id?: string | null;
}
/**
 * A sentence as a stable code and the values in it.
 */
export interface CodedSentence {
  code: string;
  values: {
    [k: string]: string;
  };
}
/**
 * The tool call that computed a value, with its inputs.
 */
export interface ComputedBy {
  tool: string;
  arguments: {
    [k: string]: unknown;
  };
}
/**
 * A conversation with the newest messages of all branches, oldest first. `next` is the `before` of the messages before these, null if there are none.
 */
export interface ConversationDetail {
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
  drawings: string[];
  messages: MessageInfo[];
  next: string | null;
}
/**
 * A question or an answer. While it streams, `text` holds the events up to `last_seq`.
 */
export interface MessageInfo {
  id: string;
  parent_id: string | null;
  role: "user" | "assistant";
  text: string;
  status: "complete" | "streaming" | "stopped" | "interrupted" | "failed";
  turn_id: string | null;
  drawings: DrawingReference[];
  evidence: EvidenceItem[];
  tools: ToolStep[];
  usage: TurnUsage | null;
  answered_by: ("model" | "sheet") | null;
  created_at: number;
  last_seq: number | null;
  shown: Shown[];
}
/**
 * A value of the answer and its place. `start`, `end`: UTF-16 offsets in the answer. `places` lists all places if there are several, the nearest first. `read` is the reading of a verification, empty if it found no such value. `says` is the sheet's own notation where it differs (`Ø25` for a bare 25); of a `contradicted` claim or denial it is the sheet's statement and its place. `from` is the text that a `computed` limit follows from.
 */
export interface EvidenceItem {
  text: string;
  start: number;
  end: number;
  status: "found" | "computed" | "by_eye" | "not_found" | "confirmed" | "disputed" | "contradicted";
  source: ("vector" | "ocr" | "symbol" | "markup" | "note" | "standard") | null;
  drawing: string | null;
  page: number | null;
  box: Box | null;
  computed_by: ComputedBy | null;
  places: EvidencePlace[];
  read: string | null;
  says: string | Says | null;
  from: string | null;
}
/**
 * A place of a value on a sheet.
 */
export interface EvidencePlace {
  drawing: string;
  page: number;
  box: Box;
}
/**
 * What the sheet says where an answer claims something else.
 */
export interface Says {
  text: string;
  drawing: string;
  page: number | null;
  box: Box | null;
}
/**
 * A tool call in an answer. `step` counts the calls of a turn from 1. `at` is the UTF-16 offset of the call in the answer. `result` is set with `done`, `error` with `failed`. The result of a crop is `{drawing, page, region}`, of `find_text` `{items: [{text, box, page, drawing}], found}`, otherwise the tool's own JSON; `note_codes` are the codes of its `notes`, in the same order.
 */
export interface ToolStep {
  step: number;
  name: string;
  state: "running" | "done" | "failed";
  arguments: {
    [k: string]: unknown;
  };
  result: {
    [k: string]: unknown;
  } | null;
  error: string | null;
  at: number;
  note_codes: (NoteCode | null)[];
}
/**
 * A note as a code and the values of its sentence.
 */
export interface NoteCode {
  code: string;
  values: {
    [k: string]: string | number;
  };
}
/**
 * Token counts of the engine.
 */
export interface TurnUsage {
  prompt_tokens: number;
  cached_tokens: number;
  image_tokens: number;
  completion_tokens: number;
}
/**
 * A part of a page as the model received it: an image, or text. `region` is in canvas pixels, null for the whole page; `width`, `height` are the pixels of the image as sent, null for text; `tokens` is the size in the prompt; `left_out` counts the text items that did not fit.
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
/**
 * A conversation in a list. Times are UTC seconds since 1970.
 */
export interface ConversationInfo {
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
}
/**
 * `next` is the `before` of the next page, null on the last.
 */
export interface ConversationList {
  items: ConversationInfo[];
  next: string | null;
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
 * Milliseconds since the question was accepted.
 */
export interface Timing {
  queue_ms: number;
  ttft_ms: number | null;
  total_ms: number;
}
/**
 * A drawing with its pages.
 */
export interface DrawingBody {
  id: string;
  name: string;
  media_type: string;
  bytes: number;
  sha256: string;
  pages: PageBody[];
  warnings: string[];
  warning_codes: (CodedSentence | null)[];
}
/**
 * A page; `width` and `height` in canvas pixels. `reading`: text recognition is running.
 */
export interface PageBody {
  number: number;
  width: number;
  height: number;
  text_source: "vector" | "ocr" | "none";
  reading: boolean;
  dpi: number | null;
  label: string | null;
}
/**
 * Recognition of a scanned page is running (`reading`) or has ended; then `text_source` is `ocr`, or `none` if no text was found.
 */
export interface DrawingFrame {
  type: "drawing";
  id: string;
  page: number;
  text_source: "vector" | "ocr" | "none";
  reading: boolean;
}
/**
 * `next` is the `before` of the next page, null on the last page.
 */
export interface DrawingList {
  items: DrawingBody[];
  next: string | null;
}
/**
 * The body of every unsuccessful response.
 */
export interface ErrorBody {
  error: ErrorInfo;
}
/**
 * A code for programs and a sentence for people. Below `/v1` it also has the fields that OpenAI's clients read. `reason` is a second code for files of a known but unsupported type.
 */
export interface ErrorInfo {
  code: string;
  message: string;
  reason?: string | null;
}
/**
 * With `turn_id` and `seq` it ends that turn; without them, only one frame has failed. `id` is the id of the question or of the frame, or if that has none, of its turn.
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
export interface Hello {
  type: "hello";
  protocol: number;
  version: string;
  model: ModelInfo;
}
/**
 * The body of `/api/model`, also pushed at each change.
 */
export interface ModelInfo {
  state: "stopped" | "downloading" | "loading" | "warming" | "ready" | "asleep" | "restarting" | "failed";
  model: string;
  progress: ModelProgress | null;
  limits: {
    [k: string]: number;
  };
  plan: {
    [k: string]: unknown;
  } | null;
  error: string | null;
  demo: ("random" | "trained") | null;
  leaves_machine: boolean;
}
/**
 * Progress of loading; `eta_s` in seconds, null while unknown.
 */
export interface ModelProgress {
  phase: string;
  done: number;
  total: number;
  unit: string;
  eta_s: number | null;
}
export interface ModelFrame {
  type: "model";
  model: ModelInfo;
}
/**
 * A page's texts.
 */
export interface PageTextBody {
  items: TextBody[];
}
/**
 * A text on a page: `box` is `[x, y, width, height]` in canvas pixels, `angle` in degrees clockwise.
 */
export interface TextBody {
  text: string;
  box: Box;
  angle: number;
  source: "vector" | "ocr";
  confidence: number;
}
export interface Pong {
  type: "pong";
  id: string | null;
}
/**
 * The prefilled prompts; first all of them, then changes. Sent after a `prefill` request.
 */
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
 * A tool call: `running`, then `done` or `failed`.
 */
export interface ToolFrame {
  step: number;
  name: string;
  state: "running" | "done" | "failed";
  arguments: {
    [k: string]: unknown;
  };
  result: {
    [k: string]: unknown;
  } | null;
  error: string | null;
  at: number;
  note_codes: (NoteCode | null)[];
  type: "tool";
  turn_id: string;
  seq: number;
}
export interface Stopped {
  type: "stopped";
  turn_id: string;
  seq: number;
  usage: TurnUsage | null;
  timing: Timing | null;
  shown: Shown[];
}
/**
 * The zones of a frame: the centre of each mark, in canvas pixels.
 */
export interface ZonesBody {
  columns: {
    [k: string]: number;
  };
  rows: {
    [k: string]: number;
  };
}
