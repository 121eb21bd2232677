/** The sample drawings of the project and their suggested questions. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { api } from "../api/client";
import { ApiError, problemOf } from "../api/http";
import type { DrawingInfo, Sample } from "../api/types";
import { problemText } from "../i18n/problem_text";
import { locale, notify } from "../store";
import { showDrawing } from "./uploads";

const loaded = signal<Sample[]>([]);
export const samples: ReadonlySignal<Sample[]> = loaded;

/** Load the list of samples; without a response there are none. */
export async function loadSamples(): Promise<void> {
  try {
    loaded.value = (await api.samples()).items;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Open a sample as if it had been uploaded. */
export async function openSample(name: string): Promise<void> {
  try {
    showDrawing(await api.openSample(name));
  } catch (error) {
    notify(problemText(problemOf(error)));
  }
}

/** The suggested questions for a sample drawing, in the page's language. */
export function questionsFor(drawing: DrawingInfo | null): readonly string[] {
  const sample = samples.value.find((known) => known.sha256 === drawing?.sha256);
  return sample?.questions[locale.value] ?? [];
}
