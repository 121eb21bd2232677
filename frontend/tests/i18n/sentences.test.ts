import { afterEach, expect, test } from "vitest";
import { problemDetail, problemText } from "../../src/i18n/problem_text";
import { SENTENCES, tSentence } from "../../src/i18n/sentences";
import { locale } from "../../src/store";
import { setState } from "../set_state";

afterEach(() => {
  setState(locale, "en");
});

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

test("every sentence has the same places in each language", () => {
  for (const { en, de, ko } of SENTENCES) {
    expect(places(de), en).toEqual(places(en));
    expect(places(ko), en).toEqual(places(en));
  }
});

test("values go along, whatever is in them", () => {
  setState(locale, "de");
  expect(tSentence("The model reads “a (b) $& {x}”.")).toBe("Das Modell liest “a (b) $& {x}”.");
  expect(tSentence("The model reads “8”, which is not in the sheet's text.")).toBe(
    "Das Modell liest “8”; im Text des Blatts steht das nicht.",
  );
  setState(locale, "ko");
  expect(tSentence("Page 3 is kept at 200 dpi instead of 600.")).toBe(
    "3페이지는 600 dpi 대신 200 dpi로 보관합니다.",
  );
});

test("English, and what has no words here, stays as it is", () => {
  expect(tSentence("The sheet has no text.")).toBe("The sheet has no text.");
  setState(locale, "ko");
  expect(tSentence("Something new.")).toBe("Something new.");
});

test("why a file is not taken is said in the page's language, and nothing beside it", () => {
  const message =
    "This STEP file is a 3D model, not a drawing. Export its drawing sheet as PDF or DXF and upload that.";
  const problem = { code: "unsupported_format", message };
  expect([problemText(problem), problemDetail(problem)]).toEqual([message, ""]);
  setState(locale, "de");
  expect(problemText(problem)).toMatch(/^Das ist ein 3D-Modell und keine Zeichnung\./);
  expect(problemDetail(problem)).toBe("");
  const other = { ...problem, message: "This LaTeX file is nothing." };
  expect(problemText(other)).toMatch(/^Diese Art Datei/);
  expect(problemDetail(other)).toBe("This LaTeX file is nothing.");
});
