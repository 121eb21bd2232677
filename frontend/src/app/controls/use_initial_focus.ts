import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** For a field that appears because somebody wants to write in it now. */
export function useInitialFocus<T extends HTMLInputElement | HTMLTextAreaElement>(): RefObject<T | null> {
  const field = useRef<T>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  return field;
}
