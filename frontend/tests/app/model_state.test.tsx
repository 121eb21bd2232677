/** The page while the model is not ready. */
import { render } from "preact";
import { afterEach, expect, test } from "vitest";
import type { ModelInfo, ModelProgress } from "../../src/api/schema";
import { ModelChange } from "../../src/app/ModelChange";
import { ModelBanner } from "../../src/app/ModelState";
import { locale, model } from "../../src/store";
import { setState } from "../set_state";

const info = (state: ModelInfo["state"], progress: ModelProgress | null): ModelInfo =>
  ({
    state,
    model: "m",
    progress,
    limits: {},
    plan: null,
    error: null,
    demo: null,
    leaves_machine: false,
  }) as ModelInfo;

function shown(one: ModelInfo): HTMLElement {
  setState(model, one);
  const place = document.createElement("div");
  render(<ModelBanner />, place);
  return place;
}

afterEach(() => {
  setState(model, null);
  setState(locale, "en");
});

test.each([
  ["en", "Loading the model: weights 3 of 13"],
  ["de", "Modell wird geladen: Gewichte 3 von 13"],
  ["ko", "모델을 불러오는 중: 가중치 13개 중 3개"],
] as const)("weights are counted by their files (%s)", (language, words) => {
  setState(locale, language);
  const place = shown(
    info("loading", { phase: "weights", done: 3, total: 13, unit: "", eta_s: 40 }),
  );
  expect(place.querySelector("[role=status]")?.textContent).toBe(words);
  const bar = place.querySelector("progress");
  expect([bar?.value, bar?.max]).toEqual([3, 13]);
  expect(place.textContent).not.toContain("3 / 13");
});

test.each([
  ["en", "The next question wakes it.", "waking up"],
  ["de", "Die nächste Frage weckt es.", "wird aufgeweckt"],
  ["ko", "다음 질문이 모델을 깨웁니다.", "깨어나는 중"],
] as const)("a model that sleeps is no model that loads (%s)", (language, wakes, waking) => {
  setState(locale, language);
  const place = shown(info("asleep", null));
  expect(place.querySelector("[role=status]")?.textContent).toContain(wakes);
  expect(place.querySelector("progress")).toBeNull();
  const progress = { phase: "waking", done: 1, total: 8, unit: "", eta_s: 7 };
  expect(shown(info("warming", progress)).textContent).toContain(waking);
});

test("known phases have texts; unknown phases show their name", () => {
  const progress = { phase: "profiling", done: 5, total: 0, unit: "", eta_s: null };
  for (const [phase, words] of [
    ["profiling", "measuring memory"],
    ["compiling", "compiling"],
    ["capturing", "capturing CUDA graphs"],
    ["warming", "warming up"],
  ] as const) {
    expect(shown(info("loading", { ...progress, phase })).textContent).toContain(
      `Loading the model: ${words}`,
    );
  }
  expect(shown(info("loading", { ...progress, phase: "humming" })).textContent).toContain(
    ": humming",
  );
});

test("the form shows the progress of a switch while the old model serves", () => {
  const progress = { phase: "downloading", done: 15e9, total: 60e9, unit: "bytes", eta_s: 900 };
  const words = (one: ModelInfo): string => {
    setState(model, one);
    const place = document.createElement("div");
    render(<ModelChange />, place);
    return place.querySelector("[role=status]")?.textContent ?? "";
  };
  expect(words(info("ready", null))).toContain("Running answers finish first");
  expect(words(info("ready", progress))).toBe("downloading: 25 %");
  expect(words({ ...info("ready", null), error: "m2 was not fetched: the disk is full." })).toBe(
    "m2 was not fetched: the disk is full.",
  );
  expect(words(info("loading", progress))).toContain("Running answers finish first");
});
