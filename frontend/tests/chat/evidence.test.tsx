import { render, type VNode } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EvidenceItem } from "../../src/api/schema";
import type { Place, ToolStep } from "../../src/api/types";
import { Answer } from "../../src/chat/Answer";
import { EvidenceCheck } from "../../src/chat/EvidenceCheck";
import { canLookAgain, lookAgain, showValue, wordsOf } from "../../src/chat/evidence";
import * as store from "../../src/store";
import { emptyMessage, type Message } from "../../src/store/message";
import { setState } from "../set_state";

const item = (text: string, start: number, more: Partial<EvidenceItem> = {}): EvidenceItem => ({
  text,
  start,
  end: start + text.length,
  status: "by_eye",
  source: null,
  drawing: null,
  page: null,
  box: null,
  computed_by: null,
  places: [],
  read: null,
  says: null,
  from: null,
  ...more,
});
const place = (x: number): Place => ({ drawing: "d", page: 1, box: [x, 10, 20, 5] });
const found = (text: string, start: number, source: "vector" | "ocr"): EvidenceItem =>
  item(text, start, { status: "found", source, ...place(1) });

let root: HTMLElement;
const show = (part: VNode): void => void act(() => render(part, root));
const text = (selector: string): string => root.querySelector(selector)?.textContent ?? "";

function answer(...evidence: EvidenceItem[]): Message {
  const message = {
    ...emptyMessage("a", "assistant", null),
    text: "25 or 30",
    evidence,
    last_seq: 1,
  };
  setState(store.messages, new Map([["a", message]]));
  return message;
}

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  setState(store.locale, "en");
  setState(store.conversationId, "c");
  setState(store.looks, new Map());
  setState(store.focusRequest, null);
  setState(store.model, null);
});
afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  vi.unstubAllGlobals();
});

test("each value shows its status", () => {
  expect(wordsOf(found("25", 0, "vector"))).toBe("found on the sheet");
  expect(wordsOf(found("25", 0, "ocr"))).toContain("recognised");
  expect(wordsOf(item("25", 0, { status: "disputed", read: "26" }))).toContain("read: 26");
  expect(wordsOf(item("25", 0, { status: "disputed", read: "" }))).toContain("no similar value");
  expect(wordsOf(item("25", 0, { status: "confirmed", read: "25" }))).toContain("read: 25");
  const computed_by = { tool: "limits_and_fits", arguments: {} };
  expect(wordsOf(item("21", 0, { status: "computed", computed_by }))).toBe(
    "computed: Limits and fits",
  );
  const again = [
    found("25", 0, "vector"),
    item("1", 0, { status: "computed" }),
    found("25", 0, "ocr"),
    item("25", 0),
  ];
  expect(again.map(canLookAgain)).toEqual([false, false, true, true]);
});

test("activating a value again shows its next place", () => {
  const several = { ...found("5", 0, "vector"), places: [place(1), place(2), place(3)] };
  const at = (): number => store.placeIndex(store.focusRequest.value!);
  const steps = [0, 1, 2, 3].map(() => {
    showValue(several);
    return at();
  });
  expect(steps).toEqual([0, 1, 2, 0]);
  store.stepFocus(-1);
  expect(at()).toBe(2);
  expect(showValue(item("7", 0))).toBe(false);
  expect(store.focusRequest.value?.label).toBe("5");
});

test("only values that are not on the sheet cause a warning", () => {
  show(
    <EvidenceCheck
      asked={null}
      message={answer(item("Ø45", 0, { status: "not_found" }), item("3", 9))}
    />,
  );
  expect(text(".evidence-warning")).toMatch(/1 value is not in the sheet's text.*Ø45/);
  expect(text("summary")).toBe("Check 2 values");
  show(<EvidenceCheck asked={null} message={answer(found("25", 0, "vector"))} />);
  expect(root.textContent).toBe("");
});

test("a warning names each value once; disputed values stay listed", () => {
  const gone = (text: string, start: number): EvidenceItem =>
    item(text, start, { status: "not_found" });
  const disputed = item("25 H7", 20, { status: "disputed", read: "25" });
  show(
    <EvidenceCheck
      asked={null}
      message={answer(gone("M99", 0), gone("M99", 5), gone("Ø4", 9), disputed)}
    />,
  );
  const warnings = [...root.querySelectorAll(".evidence-warning")].map((one) => one.textContent);
  expect(warnings).toEqual([
    "2 values are not in the sheet's text. Check them before use: M99 · Ø4",
    "A second look did not confirm 1 value. Check it before use: 25 H7",
  ]);
});

test("a new value rerenders only the paragraphs with its marks", () => {
  const message = {
    ...answer(item("25", 0)),
    text: "25 here\n\nand 30 there",
    status: "streaming",
  } as Message;
  show(<Answer message={message} />);
  const first = root.querySelector("[data-evidence='0']");
  const more = { ...message, evidence: [...message.evidence, item("30", 13)] };
  show(<Answer message={more} />);
  expect(root.querySelector("[data-evidence='1']")?.textContent).toBe("30");
  expect(root.querySelector("[data-evidence='0']")).toBe(first);
  const looked = more.evidence.map((one, at) =>
    at === 0 ? { ...one, status: "confirmed" as const } : one,
  );
  show(<Answer message={{ ...more, evidence: looked }} />);
  expect(root.querySelector("[data-evidence='0']")?.className).toContain("confirmed");
});

test("activating an uncertain value opens the list at its button", () => {
  const message = answer(item("25", 0), item("30", 6));
  show(<Answer message={message} />);
  const mark = root.querySelector<HTMLElement>("[data-evidence='1']")!;
  expect(mark.getAttribute("role")).toBe("button");
  const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
  void act(() => void mark.dispatchEvent(enter));
  expect(root.querySelector("details")!.open).toBe(true);
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Look again at 30");
});

test("a second look updates the answer", async () => {
  let respond!: (answer: Response) => void;
  const fetched = vi.fn(
    (_path: string, _request: RequestInit) => new Promise<Response>((done) => (respond = done)),
  );
  vi.stubGlobal("fetch", fetched);
  const message = answer(item("25", 0), item("30", 6));
  show(<EvidenceCheck asked={null} message={message} />);
  let looking = Promise.resolve();
  void act(() => {
    looking = lookAgain(message, message.evidence[1]!);
  });
  expect(text("[data-start='6'] .words")).toBe("looking again…");
  await lookAgain(message, message.evidence[1]!);
  expect(fetched.mock.calls.map(([path, request]) => [path, request.body])).toEqual([
    ["/api/conversations/c/messages/a/look", '{"start":6}'],
  ]);
  respond(new Response(JSON.stringify(item("30", 6, { status: "disputed", read: "36" }))));
  await looking;
  expect(store.messages.value.get("a")!.evidence.map((one) => one.status)).toEqual([
    "by_eye",
    "disputed",
  ]);
  expect(store.looks.value.size).toBe(0);
});

test("the error of a failed second look is shown at the value", async () => {
  const body = JSON.stringify({ error: { code: "busy", message: "Try again." } });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status: 429 })));
  const message = answer(item("25", 0));
  await lookAgain(message, message.evidence[0]!);
  show(<EvidenceCheck asked={null} message={message} />);
  expect(text("[role=alert]")).toContain("Try again.");
});

const step = (more: Partial<ToolStep>): ToolStep => ({
  step: 1,
  name: "find_text",
  state: "done",
  arguments: {},
  result: null,
  error: null,
  at: 0,
  note_codes: [],
  ...more,
});

test("steps are open while the answer is written and collapsed afterwards", () => {
  const hits = { items: [{ text: "Ø20 H7", ...place(5) }], found: 30 };
  const tools = [
    step({ arguments: { query: "H7" }, result: hits }),
    step({
      step: 2,
      name: "image_zoom_in_tool",
      arguments: { label: "bore", img_idx: 0 },
      result: { drawing: "d", page: 1, region: [0, 0, 50, 40] },
    }),
    step({
      step: 3,
      name: "limits_and_fits",
      state: "failed",
      arguments: { designation: "<img onerror=x>" },
      error: "No such fit.",
    }),
    step({ step: 4, name: "limits_and_fits", result: { hole: { class: "H7", upper_um: 21 } } }),
    step({ step: 5, name: "new_tool", state: "running" }),
  ];
  const message = { ...answer(), tools, status: "streaming" } as Message;
  show(<Answer message={message} />);
  const details = root.querySelector<HTMLDetailsElement>(".tool-steps")!;
  expect(details.open).toBe(true);
  expect(text("summary")).toBe("5 steps");
  expect(text(".tool-hits")).toContain("30 hits");
  root.querySelector<HTMLElement>(".tool-hits button")!.click();
  expect(store.focusRequest.value).toMatchObject({ ...place(5), label: "Ø20 H7" });
  root.querySelector<HTMLElement>(".tool-crop")!.click();
  expect(store.focusRequest.value).toMatchObject({ box: [0, 0, 50, 40], label: "bore" });
  expect(root.querySelector(".tool-crop img")!.getAttribute("src")).toContain(
    "/iiif/d.1/0,0,50,40/",
  );
  expect(text(".tool-step.failed")).toContain("No such fit.");
  expect(root.querySelector(".tool-steps img[onerror]")).toBeNull();
  expect(text(".tool-step tbody")).toBe("holeH721");
  expect(text(".tool-step.running")).toContain("new tool");
  show(<Answer message={{ ...message, status: "complete" }} />);
  expect(details.open).toBe(false);
  setState(store.locale, "de");
  const note_codes = [{ code: "drill_listed", values: {} }];
  const thread = { series: "fine", pitch_diameter_mm: 9.35, notes: ["Tapping drill: ISO 2306."] };
  show(
    <Answer
      message={{ ...answer(), tools: [step({ name: "thread", result: thread, note_codes })] }}
    />,
  );
  setState(store.locale, "en");
  expect(text(".tool-step")).toMatch(/Feingewinde.*9,35 mm.*Kernlochbohrer: ISO 2306/);
});
