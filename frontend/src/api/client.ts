/**
 * The HTTP calls of the page. Every failure is an `ApiError` with a code and what to do.
 * Knows the store only to say that a token is needed.
 */
import type { Comparison } from "../compare/comparison";
import type { Conversation, StoredMessage } from "../store/message";
import type { Balloon, Job, Table, TableKind } from "../data/tables";
import type { EvidenceItem, ModelInfo } from "./frames";
import { signedOut, type DrawingInfo, type Problem } from "../store";

export class ApiError extends Error implements Problem {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** What a caught error says; anything unexpected is a bug and goes on. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  throw error;
}

/** The error that an answer's body carries. */
export function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  if (typeof error?.code === "string" && typeof error.message === "string") {
    return new ApiError(error.code, error.message, status);
  }
  return new ApiError(status >= 502 && status <= 504 ? "unreachable" : "internal", "", status);
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const request: RequestInit = { method, credentials: "same-origin" };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  // Small changes outlive a page that is being closed.
  if (method === "DELETE" || method === "PATCH") request.keepalive = true;
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new ApiError("unreachable", "", 0);
  }
  const text = await response.text();
  const value = parsed(text);
  if (response.ok) return value as T;
  if (response.status === 401) signedOut.value = true;
  throw errorOf(response.status, value);
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

export interface Listing<T> {
  items: T[];
  next: string | null;
}

/** Who the page is; `owner` is null for a stranger. */
export interface Session {
  token_needed: boolean;
  signed_in: boolean;
  owner: string | null;
}

/** A drawing that comes with the project; `questions` by language. */
export interface Sample {
  name: string;
  title: string;
  sha256: string;
  questions: Record<string, string[]>;
}

export interface ConversationDetail extends Conversation {
  /** Ids of the drawings that its questions carry. */
  drawings: string[];
  messages: StoredMessage[];
  /** The `before` of the messages before these. */
  next: string | null;
}

const query = (values: Record<string, string | number | null | undefined>): string => {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text && `?${text}`;
};

const part = encodeURIComponent;

export const api = {
  model: () => call<ModelInfo>("GET", "/api/model"),
  switchModel: (name: string) => call<ModelInfo>("POST", "/api/model", { model: name }),
  session: () => call<Session>("GET", "/api/session"),
  signIn: (token: string) => call<Session>("POST", "/api/session", { token }),
  signOut: () => call<unknown>("DELETE", "/api/session"),

  conversations: (before: string | null, limit = 50) =>
    call<Listing<Conversation>>("GET", `/api/conversations${query({ limit, before })}`),
  searchConversations: (words: string) =>
    call<Listing<Conversation>>(
      "GET",
      `/api/conversations${query({ limit: 50, q: words })}`,
    ),
  /** The newest messages, or those before this one. */
  conversation: (id: string, before: string | null = null) =>
    call<ConversationDetail>("GET", `/api/conversations/${part(id)}${query({ before })}`),
  importConversation: (document: unknown) =>
    call<Conversation>("POST", "/api/conversations/import", document),
  rename: (id: string, title: string) =>
    call<Conversation>("PATCH", `/api/conversations/${part(id)}`, { title }),
  deleteConversation: (id: string) => call<unknown>("DELETE", `/api/conversations/${part(id)}`),

  /** Look again at the value of an answer that begins at `start`. */
  look: (conversation: string, message: string, start: number) =>
    call<EvidenceItem>(
      "POST",
      `/api/conversations/${part(conversation)}/messages/${part(message)}/look`,
      { start },
    ),

  extract: (drawing: string, kind: TableKind, model?: boolean) =>
    call<Job>("POST", `/api/drawings/${part(drawing)}/extract`, {
      kind,
      ...(model !== undefined && { model }),
    }),
  /** The table, or the job that is making it. */
  table: (drawing: string, kind: TableKind) =>
    call<Table | Job>("GET", `/api/drawings/${part(drawing)}/extract/${kind}`),
  correct: (
    drawing: string,
    kind: TableKind,
    change: { row: string; column: string; value: string | null },
  ) => call<Table>("PATCH", `/api/drawings/${part(drawing)}/extract/${kind}`, change),
  balloons: (drawing: string, page: number) =>
    call<{ items: Balloon[] }>("GET", `/api/drawings/${part(drawing)}/balloons${query({ page })}`),
  moveBalloon: (drawing: string, row: string, place: { x: number | null; y: number | null }) =>
    call<{ items: Balloon[] }>(
      "PATCH",
      `/api/drawings/${part(drawing)}/balloons/${part(row)}`,
      place,
    ),

  /** What changed between two sheets, each named `{drawing id}.{page}`. */
  compare: (old: string, now: string) =>
    call<Comparison>("GET", `/api/compare${query({ old, new: now })}`),

  drawings: (limit = 12, before: string | null = null) =>
    call<Listing<DrawingInfo>>("GET", `/api/drawings${query({ limit, before })}`),
  deleteDrawing: (id: string) => call<unknown>("DELETE", `/api/drawings/${part(id)}`),
  samples: () => call<{ items: Sample[] }>("GET", "/api/samples"),
  openSample: (name: string) => call<DrawingInfo>("POST", `/api/samples/${part(name)}`),
  drawing: (id: string) => call<DrawingInfo>("GET", `/api/drawings/${part(id)}`),
};

/** The whole conversation as JSON, or as Markdown the branch that ends with a message. */
export const exportAddress = (
  id: string,
  format: "md" | "json",
  message: string | null = null,
): string => `/api/conversations/${part(id)}/export${query({ format, message_id: message })}`;

export const originalAddress = (id: string): string => `/api/drawings/${part(id)}/original`;

/** A page, or a region of it, at exactly this size: the picture that the model was given. */
export function pictureAddress(
  id: string,
  page: number,
  region: readonly number[] | null,
  width: number,
  height: number,
): string {
  const cut = region ? region.map((value) => Math.max(0, Math.round(value))).join(",") : "full";
  return `/iiif/${part(id)}.${page}/${cut}/^${width},${height}/0/default.png`;
}

/** A small picture of a page, or of a region of it. */
export function thumbnailAddress(
  id: string,
  page: number,
  region: readonly number[] | null = null,
  side = 160,
): string {
  const cut = region ? region.map((value) => Math.max(0, Math.round(value))).join(",") : "full";
  return `/iiif/${part(id)}.${page}/${cut}/^!${side},${side}/0/default.jpg`;
}
