import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dismissUpload, retryUpload, uploadFiles } from "../../src/library/uploads";
import * as store from "../../src/store";
import { setState } from "../set_state";

/** A request that a test answers. */
class FakeRequest {
  static all: FakeRequest[] = [];
  upload: { onprogress?: (event: object) => void; onload?: () => void } = {};
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  status = 0;
  response: unknown = null;
  body: FormData | null = null;
  aborted = false;
  constructor() {
    FakeRequest.all.push(this);
  }
  open(): void {}
  send(body: FormData): void {
    this.body = body;
  }
  abort(): void {
    this.aborted = true;
  }
  answer(status: number, response: unknown): void {
    this.status = status;
    this.response = response;
    this.onload?.();
  }
}

const file = (name: string): File => new File(["x"], name);
const drawing = (id: string) => ({
  id,
  name: id,
  media_type: "",
  bytes: 1,
  sha256: "",
  warnings: [],
  pages: [{ number: 1, width: 9, height: 9, text_source: "vector" }],
});
const refusal = { error: { code: "unsupported_format", message: "Export it as PDF." } };

beforeEach(() => {
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  FakeRequest.all = [];
  setState(store.drawings, []);
  setState(store.attachments, []);
  setState(store.activeDrawingId, null);
  setState(store.conversationId, null);
});
afterEach(() => {
  for (const upload of store.uploads.value) dismissUpload(upload.key);
  vi.unstubAllGlobals();
});

test("a finished upload is opened, attached and removed from the list", () => {
  uploadFiles([file("a.pdf")]);
  const request = FakeRequest.all[0]!;
  expect((request.body!.get("file") as File).name).toBe("a.pdf");
  request.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 4 });
  expect(store.uploads.value[0]).toMatchObject({ state: "sending", sent: 0.25 });
  request.upload.onload?.();
  expect(store.uploads.value[0]).toMatchObject({ state: "reading" });
  request.answer(201, drawing("d"));
  expect(store.uploads.value).toEqual([]);
  expect(store.activeDrawing.value?.id).toBe("d");
  expect(store.attachments.value).toEqual([{ id: "d" }]);
});

test("a rejected file shows why, and other uploads continue", () => {
  uploadFiles(["a", "b", "c", "d"].map(file));
  expect(FakeRequest.all).toHaveLength(3);
  FakeRequest.all[0]!.answer(415, refusal);
  expect(store.uploads.value[0]).toMatchObject({ state: "failed", problem: refusal.error });
  expect(FakeRequest.all).toHaveLength(4);
  FakeRequest.all[3]!.answer(200, drawing("d"));
  expect(store.drawings.value.map((one) => one.id)).toEqual(["d"]);
});

test("an upload can be retried after a lost connection", () => {
  uploadFiles([file("a")]);
  FakeRequest.all[0]!.onerror?.();
  const upload = store.uploads.value[0]!;
  expect(upload.problem?.code).toBe("unreachable");
  retryUpload(upload.key);
  FakeRequest.all[1]!.answer(201, drawing("d"));
  expect(store.uploads.value).toEqual([]);
});

test("a cancelled upload is aborted and the next one starts", () => {
  uploadFiles(["a", "b", "c", "d"].map(file));
  dismissUpload(store.uploads.value[0]!.key);
  expect(FakeRequest.all[0]!.aborted).toBe(true);
  expect(FakeRequest.all).toHaveLength(4);
});

test("an upload that ends after switching conversations does not open there", () => {
  uploadFiles([file("a")]);
  setState(store.conversationId, "other");
  FakeRequest.all[0]!.answer(201, drawing("d"));
  expect(store.drawings.value).toEqual([]);
});
