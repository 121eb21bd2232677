/** The shape of a locale: a text for every key of the English one. */
import type { en } from "./en";

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;
