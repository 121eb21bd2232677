/** The section “What the model saw”. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Shown } from "../../src/api/schema";
import { Seen } from "../../src/chat/Seen";
import * as store from "../../src/store";
import { emptyMessage } from "../../src/store/message";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const overview: Shown = {
  kind: "overview",
  drawing: "d",
  page: 1,
  region: null,
  width: 1344,
  height: 960,
  tokens: 1260,
  left_out: 0,
};
const region: Shown = {
  ...overview,
  kind: "region",
  region: [10, 20, 300, 200],
  width: 640,
  height: 416,
  tokens: 260,
};
const text: Shown = {
  ...overview,
  kind: "text",
  width: null,
  height: null,
  tokens: 80,
  left_out: 3,
};

let root: HTMLElement;

function show(shown: Shown[]): void {
  const message = { ...emptyMessage("a", "assistant", null), shown };
  void act(() => render(<Seen message={message} />, root));
}

function open(): void {
  const details = root.querySelector("details");
  void act(() => {
    if (details) details.open = true;
    details?.dispatchEvent(new Event("toggle"));
  });
}

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  const pages = [1, 2, 3].map((number) => pageInfo({ number, width: 4000, height: 3000 }));
  store.openDrawing(drawingInfo({ id: "d", name: "Plate.pdf", pages }));
});

afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  setState(store.drawings, []);
  setState(store.activeDrawingId, null);
});

test("nothing is shown without drawings, and no image loads while collapsed", () => {
  show([]);
  expect(root.innerHTML).toBe("");
  show([overview, region, text]);
  expect(root.querySelector("summary")?.textContent).toBe(
    "What the model saw 2 images, 1,600 tokens",
  );
  expect(root.querySelector("img")).toBeNull();
});

test("images have the size sent and their cost; texts show what did not fit", () => {
  show([overview, region, text]);
  open();
  expect([...root.querySelectorAll("img")].map((image) => image.getAttribute("src"))).toEqual([
    "/iiif/d.1/full/^1344,960/0/default.png",
    "/iiif/d.1/10,20,300,200/^640,416/0/default.png",
  ]);
  const captions = [...root.querySelectorAll(".seen-image > span")].map((one) => one.textContent);
  expect(captions).toEqual([
    "Plate.pdf, Page 1 1,344 × 960 px, 1,260 tokens Full size",
    "Plate.pdf, Page 1, Region 640 × 416 px, 260 tokens Full size",
  ]);
  expect(root.querySelector(".seen-texts")?.textContent).toBe(
    "Text of Plate.pdf, Page 1: 80 tokens. 3 items did not fit.",
  );
});

test("a click on a region shows it on the sheet", () => {
  show([region]);
  open();
  void act(() => root.querySelector<HTMLButtonElement>(".seen-image button")?.click());
  expect(store.focusRequest.value).toMatchObject({
    drawing: "d",
    page: 1,
    box: [10, 20, 300, 200],
  });
  setState(store.focusRequest, null);
});

test("documents list the pages seen as images without a click", () => {
  show([overview, text, { ...text, page: 2 }, { ...text, page: 3 }, { ...overview, page: 3 }]);
  expect(root.querySelector(".seen-pages")?.textContent).toBe(
    "Plate.pdf: the model saw images of pages 1, 3 and the text of 3 pages.",
  );
  show([overview, text]);
  expect(root.querySelector(".seen-pages")).toBeNull();
});

test("notes are translated; unknown ones stay in English", () => {
  const message = {
    ...emptyMessage("a", "assistant", null),
    notes: ["“a.pdf”: pages 3 to 9 by their text.", "Something new.", "From before codes."],
    note_codes: [
      { code: "pages_by_text", values: { name: "a.pdf", first: 3, last: 9 } },
      { code: "something_new", values: {} },
    ],
  };
  setState(store.locale, "de");
  void act(() => render(<Seen message={message} />, root));
  open();
  expect([...root.querySelectorAll(".seen-notes li")].map((one) => one.textContent)).toEqual([
    "„a.pdf“: Seiten 3 bis 9 nur als Text.",
    "Something new.",
    "From before codes.",
  ]);
  setState(store.locale, "en");
});

test("notes about missing content are shown once, without a click", () => {
  const message = {
    ...emptyMessage("a", "assistant", null),
    shown: [overview],
    notes: ["The model requested more than 8 tool calls.", "Something new."],
    note_codes: [{ code: "too_many_calls", values: { most: 8 } }],
  };
  void act(() => render(<Seen message={message} />, root));
  expect(root.querySelector(".seen-missing")?.textContent).toBe(
    "The model requested more than 8 tool calls.",
  );
  expect(root.querySelector("details")?.open).toBe(false);
  open();
  expect(root.querySelector(".seen-notes")?.textContent).toBe("Something new.");
});
