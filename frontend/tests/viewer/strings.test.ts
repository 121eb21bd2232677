import { describe, expect, it } from "vitest";

import { viewerDe, viewerEn, viewerKo } from "../../src/i18n/viewer_words";

function places(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();
}

describe("the viewer's words", () => {
  it.each([
    ["German", viewerDe],
    ["Korean", viewerKo],
  ])("in %s have the same keys and values as in English", (_, words) => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(viewerEn).sort());
    for (const [key, text] of Object.entries(viewerEn)) {
      expect(places(words[key as keyof typeof viewerEn]), key).toEqual(places(text));
    }
  });
});
