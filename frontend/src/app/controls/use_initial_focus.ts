import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Focuses a field that appears because the person is about to type in it. */
export function useInitialFocus<
  T extends HTMLInputElement | HTMLTextAreaElement,
>(): RefObject<T | null> {
  const field = useRef<T>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  return field;
}
