/** Enter sends, with Shift it is a new line; never while a Korean syllable is being composed. */
export function isSendKey(event: KeyboardEvent): boolean {
  // Safari ends the composition before it reports the key: there only the old code tells.
  const composing = event.isComposing || event.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !composing;
}
