/**
 * The one store: the page's only state. Views subscribe to its signals and call its verbs;
 * they never import each other. Knows no socket, no HTTP and no DOM.
 */
import { computed, signal } from "@preact/signals";
import type { Locale } from "../i18n";
import type { Beginning, Box, DrawingReference, ModelInfo } from "../api/frames";
import { isRunning, type Conversation, type Message } from "./message";
import { childrenOf, pathThrough } from "./message_tree";

export interface PageInfo {
  number: number;
  width: number;
  height: number;
  text_source: "vector" | "ocr" | "none";
  /** Its text is being recognised, or waits for it; `text_source` is `none` until then. */
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

/** A rectangle on a page of a drawing. */
export interface Place {
  drawing: string;
  page: number;
  box: Box;
}

/** A place on a sheet to fly to, e.g. of a value in an answer. */
export interface FocusRequest extends Place {
  label: string;
  /** All places that can be stepped through, this one among them. */
  places?: readonly Place[];
}

/** A second look at a value: under way, or why it did not come about. */
export type Look = "pending" | Problem;

/** What went wrong, as the server words it: a fixed code and what to do. */
export interface Problem {
  code: string;
  message: string;
}

export interface Upload {
  key: string;
  name: string;
  bytes: number;
  /** 0 to 1 of the bytes sent. */
  sent: number;
  state: "waiting" | "sending" | "reading" | "failed";
  problem: Problem | null;
}

/** A short message at the bottom of the page, perhaps with something to undo. */
export interface Notice {
  key: number;
  text: string;
  action?: { label: string; run: () => void };
}

export type Connection = "connecting" | "open" | "waiting" | "offline";
export type Theme = "system" | "light" | "dark";
export type Pane = "drawing" | "chat";

// ── Drawings ─────────────────────────────────────────────────────────────────────────────

/** The drawings open in this conversation, as tabs. */
export const drawings = signal<DrawingInfo[]>([]);
export const activeDrawingId = signal<string | null>(null);
export const activeDrawing = computed<DrawingInfo | null>(
  () => drawings.value.find((drawing) => drawing.id === activeDrawingId.value) ?? null,
);
/** The page shown of the active drawing, from 1. */
export const activePage = signal(1);
/** Where the viewer shall fly to; a new object each time, also for the same place. */
export const focusRequest = signal<FocusRequest | null>(null);
/** While on, dragging in the viewer marks a region instead of moving the sheet. */
export const regionMode = signal(false);
export const uploads = signal<Upload[]>([]);

/** Open a drawing as a tab, or renew what is known about it. */
export function openDrawing(drawing: DrawingInfo): void {
  const others = drawings.value.filter((known) => known.id !== drawing.id);
  const isNew = others.length === drawings.value.length;
  drawings.value = isNew
    ? [...others, drawing]
    : drawings.value.map((known) => (known.id === drawing.id ? drawing : known));
  activeDrawingId.value ??= drawing.id;
}

/** The text of a scanned page is being read on the server; or it has been, or there was none. */
export function pageRead(
  id: string,
  page: number,
  source: PageInfo["text_source"],
  reading = false,
): void {
  drawings.value = drawings.value.map((drawing) =>
    drawing.id === id ? { ...drawing, pages: drawing.pages.map(read) } : drawing,
  );
  function read(known: PageInfo): PageInfo {
    return known.number === page ? { ...known, text_source: source, reading } : known;
  }
}

export function closeDrawing(id: string): void {
  drawings.value = drawings.value.filter((drawing) => drawing.id !== id);
  attachments.value = attachments.value.filter((reference) => reference.id !== id);
  if (activeDrawingId.value === id) {
    activeDrawingId.value = drawings.value[0]?.id ?? null;
    activePage.value = 1;
  }
}

/** Show a page of an open drawing; a page that it does not have becomes its first. */
export function showSheet(drawingId: string, page: number): void {
  const drawing = drawings.value.find((known) => known.id === drawingId);
  if (!drawing) return;
  activeDrawingId.value = drawingId;
  activePage.value = drawing.pages.some((known) => known.number === page) ? page : 1;
}

/** Show a place: its sheet first, then the viewer flies there. */
export function focusOn(request: FocusRequest): void {
  showSheet(request.drawing, request.page);
  narrowPane.value = "drawing";
  focusRequest.value = { ...request };
}

/** Go on to the next (1) or the last (-1) of the places of what is shown now. */
export function stepFocus(by: number): void {
  const request = focusRequest.value;
  const places = request?.places ?? [];
  if (!request || places.length < 2) return;
  const next = places.at((placeIndex(request) + by) % places.length);
  if (next) focusOn({ ...next, label: request.label, places });
}

/** Which of its places a request shows, from 0. */
export function placeIndex({ drawing, page, box, places = [] }: FocusRequest): number {
  return places.findIndex(
    (place) => place.drawing === drawing && place.page === page && `${place.box}` === `${box}`,
  );
}

// ── The question being written ───────────────────────────────────────────────────────────

export const draft = signal("");
/** The question goes off by itself when the drawings that are still coming are there. */
export const askWhenUploaded = signal(false);
/** What goes with the next question: whole drawings, pages and regions. */
export const attachments = signal<DrawingReference[]>([]);

const sameReference = (one: DrawingReference, other: DrawingReference): boolean =>
  one.id === other.id &&
  (one.page ?? null) === (other.page ?? null) &&
  JSON.stringify(one.region ?? null) === JSON.stringify(other.region ?? null);

export function attach(reference: DrawingReference): void {
  if (attachments.value.some((known) => sameReference(known, reference))) return;
  attachments.value = [...attachments.value, reference];
}

export function removeAttachment(index: number): void {
  attachments.value = attachments.value.filter((_, at) => at !== index);
}

/** The number that an attached region has on its chip and on the sheet, from 1. */
export function regionNumber(index: number): number {
  return attachments.value.slice(0, index + 1).filter((reference) => reference.region).length;
}

/** Attach a region of a page. */
export function addRegion(reference: DrawingReference): void {
  attach(reference);
}

/** Remove a chip, counted among all `attachments`. */
export function removeRegion(index: number): void {
  removeAttachment(index);
}

// ── The conversation ─────────────────────────────────────────────────────────────────────

/** Newest first. */
export const conversations = signal<Conversation[]>([]);
export const moreConversations = signal<string | null>(null);
/** What a search found; null while nothing is searched for. */
export const foundConversations = signal<Conversation[] | null>(null);
/** Null: a new conversation that has no question yet. */
export const conversationId = signal<string | null>(null);
export const conversationProblem = signal<Problem | null>(null);
export const loadingConversation = signal(false);
/** Where the messages before the loaded ones begin; null when all are here. */
export const moreMessages = signal<string | null>(null);
/** Every known message of the conversation, by id. */
export const messages = signal<ReadonlyMap<string, Message>>(new Map());
/** Which branch is shown: the chosen child for a parent's id, "" for the first questions. */
export const chosenBranch = signal<ReadonlyMap<string, string>>(new Map());
/** The children of each message, "" for the first questions. */
export const children = computed(() => childrenOf(messages.value));
/** The ids of the messages shown, first question first. */
export const path = computed<string[]>((): string[] => {
  const next = pathThrough(children.value, chosenBranch.value);
  // The same list again while only texts grow: then nobody who shows the list is woken.
  const before = shownPath;
  const same = next.length === before.length && next.every((id, at) => id === before[at]);
  return (shownPath = same ? before : next);
});
let shownPath: string[] = [];
/** The last message shown that the server has: what the next question follows. */
export const lastStored = computed<string | null>(
  () => path.value.findLast((id) => messages.value.get(id)?.local === false) ?? null,
);
/** The answer that is being written on the shown path, if any. */
export const runningAnswer = computed<Message | null>(() => {
  const last = messages.value.get(path.value.at(-1) ?? "");
  return last?.role === "assistant" && isRunning(last) ? last : null;
});
/** Turns that are running in any conversation: turn to conversation. */
export const runningTurns = signal<ReadonlyMap<string, string>>(new Map());

/** Second looks by `lookKey`; what has come about is in the answer's evidence. */
export const looks = signal<ReadonlyMap<string, Look>>(new Map());

export const lookKey = (message: string, start: number): string => `${message} ${start}`;

/** Note how a second look is going; null: it has come about, or nobody waits for it. */
export function setLook(key: string, look: Look | null): void {
  const next = new Map(looks.value);
  if (look === null) next.delete(key);
  else next.set(key, look);
  looks.value = next;
}

/** Show the branch of a parent's child, "" for the first questions. */
export function chooseBranch(parent: string, child: string): void {
  chosenBranch.value = new Map(chosenBranch.value).set(parent, child);
}

/** Change one message, if it is here. */
export function updateMessage(id: string, change: (message: Message) => Message): void {
  const message = messages.value.get(id);
  if (message) messages.value = new Map(messages.value).set(id, change(message));
}

// ── The server ───────────────────────────────────────────────────────────────────────────

export const model = signal<ModelInfo | null>(null);
export const connection = signal<Connection>("connecting");
/** What the model has read ahead or is about to, by the drawing's or the conversation's id. */
export const readAhead = signal<ReadonlyMap<string, Beginning>>(new Map());
/** True once a call was answered with 401. */
export const signedOut = signal(false);
export const serverVersion = signal("");

export function noteReadAhead(items: Beginning[]): void {
  const known = new Map(readAhead.value);
  for (const item of items) known.set(item.drawing ?? item.conversation_id ?? "", item);
  readAhead.value = known;
}

// ── The page itself ──────────────────────────────────────────────────────────────────────

export const theme = signal<Theme>("system");
export const locale = signal<Locale>("en");
export const sidebarOpen = signal(false);
/** On a narrow page one pane is shown at a time. */
export const narrowPane = signal<Pane>("chat");
/** The chat's share of the width, 0 to 1. */
export const chatShare = signal(0.42);
/** The map of the sheet is drawn over it. */
export const mapShown = signal(false);
/** Kinds of parts that are switched off on the map. */
export const mapHidden = signal<readonly string[]>([]);
export const notices = signal<Notice[]>([]);

let lastNotice = 0;

export function notify(text: string, action?: Notice["action"]): number {
  lastNotice += 1;
  notices.value = [...notices.value, { key: lastNotice, text, ...(action && { action }) }];
  return lastNotice;
}

export function dismissNotice(key: number): void {
  notices.value = notices.value.filter((notice) => notice.key !== key);
}
