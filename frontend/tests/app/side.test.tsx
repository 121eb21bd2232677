/** The side tabs, and an error with a retry button. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ProblemWithRetry } from "../../src/app/controls/ProblemWithRetry";
import { SideTabs } from "../../src/app/SideTabs";
import * as store from "../../src/store";
import { side } from "../../src/store";
import { drawingInfo } from "../bodies";
import { setState } from "../set_state";

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});

afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  setState(store.drawings, []);
  setState(side, "chat");
});

it("changes sides by arrow key", () => {
  store.openDrawing(drawingInfo({ id: "d" }));
  void act(() => render(<SideTabs />, root));
  const list = root.querySelector("[role=tablist]")!;
  void act(() => void list.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" })));
  expect(side.value).toBe("data");
});

it("shows the error and retries", () => {
  const retry = vi.fn();
  const problem = { code: "busy", message: "Try again in a moment." };
  void act(() => render(<ProblemWithRetry problem={problem} retry={retry} />, root));
  expect(root.querySelector("[role=alert]")?.textContent).toContain("Try again in a moment.");
  root.querySelector("button")?.click();
  expect(retry).toHaveBeenCalledOnce();
});
