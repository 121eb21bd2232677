/** Sentences of the server are translated by their codes, never by their English words. */
import { beforeEach, expect, test } from "vitest";
import { tCoded } from "../../src/i18n";
import { problemDetail, problemText } from "../../src/i18n/problem_text";
import { locale } from "../../src/store";
import { setState } from "../set_state";

beforeEach(() => setState(locale, "en"));

test("a code is shown in the page's language, with its values", () => {
  setState(locale, "de");
  const values = { value: "“a (b) $& {x}”" };
  expect(tCoded("table", "Whatever.", { code: "model_reads", values })).toBe(
    "Das Modell liest “a (b) $& {x}”.",
  );
  setState(locale, "ko");
  const page = { code: "reduced_resolution", values: { page: 3, dpi: "200", wanted: "600" } };
  expect(tCoded("warning", "Whatever.", page)).toBe("3페이지는 600 dpi 대신 200 dpi로 저장됩니다.");
});

test("numbers use the format of the language", () => {
  setState(locale, "de");
  const cut = { code: "exchanges_left_out", values: { cut: 2, window: 131072 } };
  expect(tCoded("note", "Whatever.", cut)).toContain("131.072 Token");
});

test("a sentence without a known code stays as the server wrote it", () => {
  setState(locale, "ko");
  expect(tCoded("warning", "Something new.", null)).toBe("Something new.");
  expect(tCoded("warning", "Something new.", { code: "new", values: {} })).toBe("Something new.");
});

test("a refused file is explained in the page's language, without the English beside it", () => {
  const message = "This STEP file is a 3D model, not a drawing. Export it and upload that.";
  const problem = { code: "unsupported_format", message, reason: "cad_model" };
  expect([problemText(problem), problemDetail(problem)]).toEqual([message, ""]);
  setState(locale, "de");
  expect(problemText(problem)).toMatch(/^Das ist ein 3D-Modell, keine Zeichnung\./);
  expect(problemDetail(problem)).toBe("");
  const other = { code: "unsupported_format", message: "This LaTeX file is nothing." };
  expect(problemText(other)).toMatch(/^Nicht unterstützter Dateityp/);
  expect(problemDetail(other)).toBe("This LaTeX file is nothing.");
});
