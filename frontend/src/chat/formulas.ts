/**
 * Formulas in answers: TeX between `$…$`, `$$…$$`, `\(…\)` or `\[…\]`, rendered as MathML. The
 * converter is loaded with the first formula; until then the TeX source is shown.
 */
import { signal } from "@preact/signals";
import DOMPurify from "dompurify";
import type { MarkdownIt } from "markdown-it";

type ToMathML = (tex: string, options: object) => string;

let toMathML: ToMathML | null = null;
let isLoading = false;
/** True once the converter is loaded; text with formulas is rendered again then. */
export const mathReady = signal(false);

/** The content security policy forbids style attributes. */
const STYLES = / style="[^"]*"/g;

/** The elements and attributes of formulas only: no links, scripts or annotations. */
const ALLOWED = {
  ALLOWED_TAGS: (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose " +
    "msub msup msubsup munder mover munderover mtable mtr mtd"
  ).split(" "),
  ALLOWED_ATTR: (
    "display mathvariant stretchy fence separator lspace rspace minsize maxsize form accent " +
    "accentunder linethickness width height depth columnalign scriptlevel displaystyle"
  ).split(" "),
  RETURN_DOM_FRAGMENT: true as const,
};

const FORMULAS: { open: string; close: string; display: boolean }[] = [
  { open: "$$", close: "$$", display: true },
  { open: "\\[", close: "\\]", display: true },
  { open: "\\(", close: "\\)", display: false },
  { open: "$", close: "$", display: false },
];

/** Extract TeX before Markdown interprets its underscores and backslashes. */
export function readFormulas(markdown: MarkdownIt, clean: (text: string) => string): void {
  markdown.inline.ruler.before("escape", "formula", (state, silent) => {
    const found = formulaAt(state.src, state.pos);
    if (!found) return false;
    if (!silent) {
      const token = state.push("formula", "", 0);
      token.content = clean(found.tex);
      token.markup = found.display ? "display" : "inline";
    }
    state.pos = found.end;
    return true;
  });
  markdown.renderer.rules["formula"] = (tokens, at) => {
    const { content, markup } = tokens[at]!;
    return `<span class="formula ${markup}">${markdown.utils.escapeHtml(content)}</span>`;
  };
}

function formulaAt(
  text: string,
  at: number,
): { tex: string; display: boolean; end: number } | null {
  const kind = FORMULAS.find(({ open }) => text.startsWith(open, at));
  if (!kind) return null;
  const from = at + kind.open.length;
  const to = text.indexOf(kind.close, from);
  const tex = to < 0 ? "" : text.slice(from, to);
  const end = to + kind.close.length;
  if (!tex.trim()) return null;
  // A single dollar may be money: "$5 or $6" is not a formula.
  const isMoney = /^\s|\s$/.test(tex) || /\d/.test(text[end] ?? "");
  if (kind.open === "$" && isMoney) return null;
  return { tex, display: kind.display, end };
}

/** Replace TeX by MathML; invalid TeX is left as it is. */
export function showFormulas(fragment: DocumentFragment): void {
  for (const place of fragment.querySelectorAll<HTMLElement>(".formula")) {
    if (!toMathML) {
      if (!isLoading) void load();
      return;
    }
    const display = place.classList.contains("display");
    try {
      const mathml = toMathML(place.textContent ?? "", {
        displayMode: display,
        throwOnError: true,
      });
      place.replaceChildren(DOMPurify.sanitize(mathml.replace(STYLES, ""), ALLOWED));
    } catch (error) {
      place.title = error instanceof Error ? error.message : "";
    }
  }
}

async function load(): Promise<void> {
  isLoading = true;
  const { default: temml } = await import("temml");
  toMathML = (tex, options) => temml.renderToString(tex, options);
  mathReady.value = true;
}
