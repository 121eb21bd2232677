/** Which of the three stands beside the drawing. */
import { signal } from "@preact/signals";

export const SIDES = ["chat", "data", "compare"] as const;

export const side = signal<(typeof SIDES)[number]>("chat");
