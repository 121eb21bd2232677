/**
 * Formulas in answers: TeX between `$…$`, `$$…$$`, `\(…\)` or `\[…\]`, shown as MathML. What turns
 * TeX into MathML is loaded with the first formula, and until then the TeX itself is shown.
 */
import { signal } from "@preact/signals";
import DOMPurify from "dompurify";
import type { MarkdownIt } from "markdown-it";

type ToMathML = (tex: string, options: object) => string;

let toMathML: ToMathML | null = null;
let loading: Promise<void> | null = null;
/** Turns true once formulas can be shown: what has TeX in it is drawn again then. */
export const mathReady = signal(false);

/** The page's policy allows no style attributes, and each would be a complaint in the console. */
const STYLES = / style="[^"]*"/g;

/** No address, no script, no annotation: only what a formula is made of. */
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

/** Teach Markdown to take TeX out before it reads underscores and backslashes as its own. */
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

function formulaAt(text: string, at: number): { tex: string; display: boolean; end: number } | null {
  const kind = FORMULAS.find(({ open }) => text.startsWith(open, at));
  if (!kind) return null;
  const from = at + kind.open.length;
  const to = text.indexOf(kind.close, from);
  const tex = to < 0 ? "" : text.slice(from, to);
  const end = to + kind.close.length;
  if (!tex.trim()) return null;
  // A single dollar may be money: "$5 or $6" is no formula.
  const isMoney = /^\s|\s$/.test(tex) || /\d/.test(text[end] ?? "");
  if (kind.open === "$" && isMoney) return null;
  return { tex, display: kind.display, end };
}

/** Put MathML in the place of TeX; wrong TeX stays as it was written. */
export function showFormulas(fragment: DocumentFragment): void {
  for (const place of fragment.querySelectorAll<HTMLElement>(".formula")) {
    if (!toMathML) {
      loading ??= load();
      return;
    }
    const display = place.classList.contains("display");
    try {
      const mathml = toMathML(place.textContent ?? "", { displayMode: display, throwOnError: true });
      place.replaceChildren(DOMPurify.sanitize(mathml.replace(STYLES, ""), ALLOWED));
    } catch (error) {
      place.title = error instanceof Error ? error.message : "";
    }
  }
}

async function load(): Promise<void> {
  const { default: temml } = await import("temml");
  toMathML = (tex, options) => temml.renderToString(tex, options);
  mathReady.value = true;
}
