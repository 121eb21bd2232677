/** The sample drawings that come with the project, and the questions that fit each. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { api } from "../api/client";
import { ApiError, problemOf } from "../api/http";
import type { DrawingInfo, Sample } from "../api/types";
import { locale, notify } from "../store";
import { problemText } from "../i18n/problem_text";
import { showDrawing } from "./uploads";

const loaded = signal<Sample[]>([]);
export const samples: ReadonlySignal<Sample[]> = loaded;

/** Ask the server which there are; without an answer there are none to offer. */
export async function loadSamples(): Promise<void> {
  try {
    loaded.value = (await api.samples()).items;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Take one in, as if it had been uploaded. */
export async function openSample(name: string): Promise<void> {
  try {
    showDrawing(await api.openSample(name));
  } catch (error) {
    notify(problemText(problemOf(error)));
  }
}

/** Questions to begin with, in the page's language, where the drawing is a sample. */
export function questionsFor(drawing: DrawingInfo | null): readonly string[] {
  const sample = samples.value.find((known) => known.sha256 === drawing?.sha256);
  return sample?.questions[locale.value] ?? [];
}
