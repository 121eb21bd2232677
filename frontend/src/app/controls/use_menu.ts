/** Menu behaviour: Escape, leaving the menu or clicking elsewhere closes it. */
import { useEffect, useRef } from "preact/hooks";

export function useMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current) menu.current.open = false;
  };
  const isInside = (target: EventTarget | null): boolean =>
    menu.current?.contains(target as Node | null) ?? false;

  // A click on something that cannot take the focus, such as the sheet, causes no focusout.
  useEffect(() => {
    const onPointerDown = (event: PointerEvent): void => {
      if (!isInside(event.target)) close();
    };
    document.addEventListener("pointerdown", onPointerDown);
    return () => document.removeEventListener("pointerdown", onPointerDown);
  }, []);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    event.preventDefault();
    close();
    menu.current.querySelector("summary")?.focus();
  };
  const onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget && !isInside(event.relatedTarget)) close();
  };
  return { close, details: { ref: menu, onKeyDown, onFocusOut } };
}
