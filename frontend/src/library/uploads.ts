/**
 * Uploads drawings in parallel, with progress and errors. A finished drawing opens as a tab and is
 * attached to the next question.
 */
import { asProblem, errorOf } from "../api/http";
import type { DrawingInfo, Problem } from "../api/types";
import type { Upload } from "../store";
import * as store from "../store";

/** More in parallel would only share the same connection and ingest worker. */
const AT_ONCE = 3;

const files = new Map<string, File>();
const requests = new Map<string, XMLHttpRequest>();
let lastKey = 0;

export function uploadFiles(chosen: Iterable<File>): void {
  const added: Upload[] = [];
  for (const file of chosen) {
    lastKey += 1;
    const key = String(lastKey);
    files.set(key, file);
    added.push({
      key,
      name: file.name,
      bytes: file.size,
      sent: 0,
      state: "waiting",
      problem: null,
    });
  }
  store.addUploads(added);
  next();
}

export function retryUpload(key: string): void {
  store.updateUpload(key, { state: "waiting", sent: 0, problem: null });
  next();
}

/** Cancel an upload, or remove a failed one from the list. */
export function dismissUpload(key: string): void {
  requests.get(key)?.abort();
  requests.delete(key);
  files.delete(key);
  store.removeUpload(key);
  next();
}

function next(): void {
  while (requests.size < AT_ONCE) {
    const waiting = store.uploads.value.find((upload) => upload.state === "waiting");
    const file = waiting && files.get(waiting.key);
    if (!file) return;
    send(waiting.key, file);
  }
}

function send(key: string, file: File): void {
  const conversation = store.conversationId.value;
  const request = new XMLHttpRequest();
  requests.set(key, request);
  store.updateUpload(key, { state: "sending" });
  request.open("POST", "/api/drawings");
  request.responseType = "json";
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) store.updateUpload(key, { sent: event.loaded / event.total });
  };
  request.upload.onload = () => store.updateUpload(key, { state: "reading", sent: 1 });
  request.onload = () => {
    requests.delete(key);
    if (request.status === 200 || request.status === 201) {
      dismissUpload(key);
      if (store.conversationId.value === conversation) showDrawing(request.response as DrawingInfo);
    } else {
      if (request.status === 401) store.requireSignIn();
      failed(key, asProblem(errorOf(request.status, request.response)));
    }
  };
  request.onerror = () => failed(key, { code: "unreachable", message: "" });
  const form = new FormData();
  form.append("file", file, file.name);
  request.send(form);
}

function failed(key: string, problem: Problem): void {
  requests.delete(key);
  store.updateUpload(key, { state: "failed", problem });
  next();
}

/** Show a drawing and attach all of it to the next question. */
export function showDrawing(drawing: DrawingInfo): void {
  store.openDrawing(drawing);
  store.showSheet(drawing.id, 1);
  store.attach({ id: drawing.id });
}
