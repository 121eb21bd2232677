import { expect, test } from "vitest";
import { isSendKey } from "../../src/chat/send_key";

const key = (init: KeyboardEventInit): KeyboardEvent => new KeyboardEvent("keydown", init);

test("only Enter without Shift sends", () => {
  expect(isSendKey(key({ key: "Enter" }))).toBe(true);
  expect(isSendKey(key({ key: "Enter", shiftKey: true }))).toBe(false);
  expect(isSendKey(key({ key: "a" }))).toBe(false);
});

test("the Enter that ends a Korean syllable does not send", () => {
  expect(isSendKey(key({ key: "Enter", isComposing: true }))).toBe(false);
  expect(isSendKey(key({ key: "Enter", keyCode: 229 }))).toBe(false);
});
