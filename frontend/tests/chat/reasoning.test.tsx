/** The reasoning of a model: collapsed above its answer and not part of its text. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Answer } from "../../src/chat/Answer";
import { connection } from "../../src/store";
import { emptyMessage, type Message } from "../../src/store/message";
import { setState } from "../set_state";

let root: HTMLElement;
const message: Message = {
  ...emptyMessage("a", "assistant", "q"),
  reasoning: "Section C shows it.",
  text: "It is Ø38.",
  last_seq: 3,
};

function show(values: Partial<Message>): HTMLDetailsElement {
  void act(() => render(<Answer message={{ ...message, ...values }} />, root));
  return root.querySelector<HTMLDetailsElement>("details.reasoning")!;
}

beforeEach(() => {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  vi.unstubAllGlobals();
});

test("reasoning is collapsed and separate from the answer", () => {
  const details = show({});
  expect(details.open).toBe(false);
  expect(details.textContent).toContain("Section C shows it.");
  expect(root.querySelector(".markdown")?.textContent?.trim()).toBe("It is Ø38.");
});

test("the summary shows that the model is reasoning", () => {
  const thinking = show({ status: "streaming", text: "" }).querySelector("summary")?.textContent;
  const answering = show({ status: "streaming" }).querySelector("summary")?.textContent;
  expect(thinking).not.toBe(answering);
});

test("an empty answer is reported and can be asked for again", () => {
  show({ text: "", status: "complete" });
  expect(root.querySelector(".ending")?.textContent).toContain("returned an empty answer");
  expect(root.querySelectorAll("button")).toHaveLength(1);
  show({ status: "complete" });
  expect(root.querySelector(".ending")).toBeNull();
});

test("an answer says that it continues when the connection is lost", () => {
  setState(connection, "waiting");
  show({ status: "streaming" });
  expect(root.querySelector(".waiting")?.textContent).toContain(
    "Connection lost. The answer continues",
  );
  setState(connection, "open");
  show({ status: "streaming" });
  expect(root.querySelector(".waiting")).toBeNull();
  expect(root.querySelector(".caret")).not.toBeNull();
  setState(connection, "connecting");
});
