/** Sets a signal that only its store may write, to begin a test in a certain state. */
import type { ReadonlySignal, Signal } from "@preact/signals";

export function setState<T>(signal: ReadonlySignal<T>, value: T): void {
  (signal as Signal<T>).value = value;
}
