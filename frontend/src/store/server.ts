/** The server as the page sees it: connection, model, prefilled prompts, sign-in. */
import { signal } from "@preact/signals";
import type { Beginning, ModelInfo } from "../api/schema";
import type { Connection } from "../api/socket";
import { readOnly } from "./read_only";

const state = {
  model: signal<ModelInfo | null>(null),
  connection: signal<Connection>("connecting"),
  /** Prompts the model has prefilled or is about to, by drawing id or conversation id. */
  prefills: signal<ReadonlyMap<string, Beginning>>(new Map()),
  /** True once the server has answered a call with 401. */
  signedOut: signal(false),
  serverVersion: signal(""),
};
export const { model, connection, prefills, signedOut, serverVersion } = readOnly(state);

export function setModel(info: ModelInfo): void {
  state.model.value = info;
}

export function setConnection(now: Connection): void {
  state.connection.value = now;
}

export function setServerVersion(version: string): void {
  state.serverVersion.value = version;
}

export function requireSignIn(): void {
  state.signedOut.value = true;
}

export function notePrefills(items: Beginning[]): void {
  const known = new Map(prefills.value);
  for (const item of items) known.set(item.drawing ?? item.conversation_id ?? "", item);
  state.prefills.value = known;
}

/** A new connection sends every prefill again. */
export function forgetPrefills(): void {
  state.prefills.value = new Map();
}
