/** Lets a store module keep its signals to itself: others subscribe to them but cannot write. */
import type { ReadonlySignal, Signal } from "@preact/signals";

type ReadOnly<T> = {
  readonly [K in keyof T]: T[K] extends Signal<infer Value> ? ReadonlySignal<Value> : never;
};

// biome-ignore lint/suspicious/noExplicitAny: the values' types are kept by `T`.
export const readOnly = <T extends Record<string, Signal<any>>>(state: T): ReadOnly<T> =>
  state as unknown as ReadOnly<T>;
