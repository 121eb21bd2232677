/**
 * Enter sends, Shift+Enter starts a new line; ignored while a Korean syllable is being composed.
 */
export function isSendKey(event: KeyboardEvent): boolean {
  // Safari ends the composition before the key event; only the legacy key code reveals it.
  const composing = event.isComposing || event.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !composing;
}
