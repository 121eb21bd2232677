/** The HTTP API of the server, one function per call. */

import { call, part, query } from "./http";
import type { EvidenceItem, ModelInfo } from "./schema";
import type {
  Balloon,
  Comparison,
  Conversation,
  ConversationDetail,
  DrawingInfo,
  Job,
  Listing,
  Sample,
  Session,
  Table,
  TableKind,
} from "./types";

export const api = {
  model: () => call<ModelInfo>("GET", "/api/model"),
  switchModel: (name: string) => call<ModelInfo>("POST", "/api/model", { model: name }),
  session: () => call<Session>("GET", "/api/session"),
  signIn: (token: string) => call<Session>("POST", "/api/session", { token }),
  signOut: () => call<unknown>("DELETE", "/api/session"),

  conversations: (before: string | null, limit = 50) =>
    call<Listing<Conversation>>("GET", `/api/conversations${query({ limit, before })}`),
  searchConversations: (words: string) =>
    call<Listing<Conversation>>("GET", `/api/conversations${query({ limit: 50, q: words })}`),
  /** The newest messages, or those before a cursor. */
  conversation: (id: string, before: string | null = null) =>
    call<ConversationDetail>("GET", `/api/conversations/${part(id)}${query({ before })}`),
  importConversation: (document: unknown) =>
    call<Conversation>("POST", "/api/conversations/import", document),
  rename: (id: string, title: string) =>
    call<Conversation>("PATCH", `/api/conversations/${part(id)}`, { title }),
  deleteConversation: (id: string) => call<unknown>("DELETE", `/api/conversations/${part(id)}`),

  /** Verify the value of an answer at offset `start` with a second look. */
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
  /** The table, or the extraction job if it is not finished. */
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

  /** The changes between two sheets, each named `{drawing id}.{page}`. */
  compare: (old: string, now: string) =>
    call<Comparison>("GET", `/api/compare${query({ old, new: now })}`),

  drawings: (limit = 12, before: string | null = null) =>
    call<Listing<DrawingInfo>>("GET", `/api/drawings${query({ limit, before })}`),
  deleteDrawing: (id: string) => call<unknown>("DELETE", `/api/drawings/${part(id)}`),
  samples: () => call<{ items: Sample[] }>("GET", "/api/samples"),
  openSample: (name: string) => call<DrawingInfo>("POST", `/api/samples/${part(name)}`),
  drawing: (id: string) => call<DrawingInfo>("GET", `/api/drawings/${part(id)}`),
};
