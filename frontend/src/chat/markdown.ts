/**
 * Renders answers as safe Markdown: no HTML from the text, no images from other servers, and marks
 * around values with evidence. Marks pass through the Markdown parser as Unicode noncharacters,
 * which it treats as letters; any in the text are replaced first.
 */
import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import type { EvidenceItem } from "../api/schema";
import { readFormulas, showFormulas } from "./formulas";

const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";
const DIGIT_ZERO = 0xfdd2; // to U+FDE1: one hexadecimal digit
const DIGITS = 3;
const RESERVED = /[\uFDD0-\uFDEF]/g;
const MARK = new RegExp(`(${OPEN}[\uFDD2-\uFDE1]{${DIGITS}}|${CLOSE})`);
const MARKS = new RegExp(`${OPEN}[\uFDD2-\uFDE1]{${DIGITS}}`, "g");

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false, breaks: true });
readFormulas(markdown, (text) => text.replace(RESERVED, ""));
const normalizeLink = markdown.normalizeLink;
markdown.normalizeLink = (url) => normalizeLink(url.replace(RESERVED, ""));
markdown.renderer.rules.image = (tokens, at) => {
  const token = tokens[at]!;
  const alt = markdown.utils.escapeHtml(token.content.replace(RESERVED, ""));
  const source = String(token.attrGet("src") ?? "");
  // Only images from this server: requests to others would reveal what is being read.
  if (!isOwnPicture(source)) return `<span class="blocked-image">${alt || "–"}</span>`;
  return `<img src="${markdown.utils.escapeHtml(source)}" alt="${alt}" loading="lazy">`;
};
markdown.renderer.rules.table_open = () => `<div class="table" tabindex="0"><table>`;
markdown.renderer.rules.table_close = () => `</table></div>`;
for (const cell of ["th_open", "td_open"]) {
  // The content security policy forbids style attributes; use a class instead.
  markdown.renderer.rules[cell] = (tokens, at) => {
    const token = tokens[at]!;
    const side = /text-align:(\w+)/.exec(String(token.attrGet("style") ?? ""))?.[1];
    return side ? `<${token.tag} class="align-${side}">` : `<${token.tag}>`;
  };
}

const isOwnPicture = (address: string): boolean => /^\/iiif\/[\w.,:%!^/-]+$/.test(address);

const ALLOWED = {
  ALLOWED_TAGS: (
    "p br hr strong em s code pre blockquote ul ol li a img span div " +
    "h1 h2 h3 h4 h5 h6 table thead tbody tr th td"
  ).split(" "),
  ALLOWED_ATTR: ["href", "src", "alt", "title", "class", "start", "tabindex", "loading"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/iiif\/)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

/** The HTML of each top-level block, with marks as noncharacters; not sanitised yet. */
export function blocksOf(source: string, evidence: readonly EvidenceItem[] = []): string[] {
  const environment = {};
  const tokens = markdown.parse(withMarks(source, evidence), environment);
  const blocks: string[] = [];
  let from = 0;
  let depth = 0;
  tokens.forEach((token, at) => {
    depth += token.nesting;
    if (depth > 0) return;
    const block = tokens.slice(from, at + 1);
    blocks.push(markdown.renderer.render(block, markdown.options, environment));
    from = at + 1;
  });
  return blocks;
}

/** The text with each value between noncharacters. */
function withMarks(source: string, evidence: readonly EvidenceItem[]): string {
  const text = source.replace(RESERVED, "\uFFFD");
  let marked = "";
  let done = 0;
  const items = evidence.map((item, index) => ({ ...item, index }));
  for (const { start, end, index } of items.sort((one, other) => one.start - other.start)) {
    const fits = start >= done && end > start && end <= text.length && index < 16 ** DIGITS;
    if (!fits || wouldBreakList(text, start, end)) continue;
    marked += text.slice(done, start) + OPEN + digits(index) + text.slice(start, end) + CLOSE;
    done = end;
  }
  return marked + text.slice(done);
}

/** "12. First" at the start of a line is a list number and must stay one. */
function wouldBreakList(text: string, start: number, end: number): boolean {
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return line.trim() === "" && /^[.)]\s/.test(text.slice(end, end + 2));
}

const digits = (index: number): string =>
  [...index.toString(16).padStart(DIGITS, "0")]
    .map((digit) => String.fromCharCode(DIGIT_ZERO + parseInt(digit, 16)))
    .join("");

const indexOf = (mark: string): number =>
  [...mark.slice(1)].reduce((sum, digit) => sum * 16 + digit.charCodeAt(0) - DIGIT_ZERO, 0);

/** The indices of the items marked in a block. */
export const marksIn = (html: string): number[] => (html.match(MARKS) ?? []).map(indexOf);

/** The sanitised nodes of a block; `mark` creates the element around each part of a value. */
export function nodesOf(html: string, mark?: (index: number) => HTMLElement): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, ALLOWED);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  for (const image of fragment.querySelectorAll("img")) {
    if (!isOwnPicture(image.getAttribute("src") ?? "")) image.remove();
  }
  placeMarks(fragment, mark);
  showFormulas(fragment);
  return fragment;
}

function placeMarks(fragment: DocumentFragment, mark?: (index: number) => HTMLElement): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  let open: number | null = null;
  for (const text of texts) {
    if (open === null && !MARK.test(text.data)) continue;
    const inLink = text.parentElement?.closest("a") != null;
    const pieces: Node[] = [];
    for (const piece of text.data.split(MARK)) {
      if (piece.startsWith(OPEN)) open = indexOf(piece);
      else if (piece === CLOSE) open = null;
      else if (piece === "") continue;
      else if (open === null || inLink || !mark) pieces.push(document.createTextNode(piece));
      else {
        const element = mark(open);
        element.textContent = piece;
        pieces.push(element);
      }
    }
    text.replaceWith(...pieces);
  }
}
