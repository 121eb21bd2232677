/**
 * Renders an answer's Markdown. Only blocks whose HTML has changed are rebuilt, so that long
 * answers stream cheaply and text selections survive.
 */
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { EvidenceItem } from "../api/schema";
import { t } from "../i18n";
import { locale } from "../store";
import { canLookAgain, placesOf, showValue, wordsOf } from "./evidence";
import { mathReady } from "./formulas";
import { blocksOf, marksIn, nodesOf } from "./markdown";

interface Props {
  text: string;
  evidence: EvidenceItem[];
  /** A value was activated that has no place to show but can be verified. */
  onCheck: (item: EvidenceItem) => void;
}

export function AnswerText({ text, evidence, onCheck }: Props) {
  const blocks = useMemo(() => blocksOf(text, evidence), [text, evidence]);
  const items = useRef(evidence);
  items.current = evidence;

  const activate = (event: Event): void => {
    const mark = (event.target as Element).closest<HTMLElement>("[data-evidence]");
    const item = mark && items.current[Number(mark.dataset["evidence"])];
    if (!item || !isActive(item)) return;
    event.preventDefault();
    if (!showValue(item)) onCheck(item);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") activate(event);
  };
  return (
    <div class="markdown" onClick={activate} onKeyDown={onKeyDown}>
      {blocks.map((html, at) => (
        <Block key={at} html={html} evidence={evidence} />
      ))}
    </div>
  );
}

function Block({ html, evidence }: { html: string; evidence: EvidenceItem[] }) {
  const place = useRef<HTMLDivElement>(null);
  // Marks refer to items by index, so a second look changes an item but not the HTML. Watch only
  // the block's own items: otherwise every new value would rebuild all blocks.
  const statuses = marksIn(html)
    .map((index) => lookOf(evidence[index]))
    .join();
  useLayoutEffect(() => {
    const named = new Set<number>();
    const nodes = nodesOf(html, (index) => markElement(evidence, index, named));
    place.current?.replaceChildren(nodes);
  }, [html, statuses, locale.value, html.includes("formula") && mathReady.value]);
  return <div class="block" ref={place} />;
}

/** Whether a click does anything: show the place or offer a second look. */
const isActive = (item: EvidenceItem): boolean => placesOf(item).length > 0 || canLookAgain(item);

/** The parts of an item that its mark shows and a second look can change. */
const lookOf = (item: EvidenceItem | undefined): string =>
  item ? `${item.status} ${item.read} ${item.box}` : "";

/** The mark of a value. If a value spans several elements, only the first is focusable. */
function markElement(evidence: EvidenceItem[], index: number, named: Set<number>): HTMLElement {
  const element = document.createElement("span");
  const item = evidence[index];
  if (!item) return element;
  element.className = `evidence ${item.status} ${item.source ?? ""}`;
  element.dataset["evidence"] = String(index);
  element.title = titleOf(item);
  if (isActive(item) && !named.has(index)) {
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", `${item.text}: ${element.title}`);
  }
  named.add(index);
  return element;
}

function titleOf(item: EvidenceItem): string {
  const words = wordsOf(item);
  const places = placesOf(item);
  const page = item.page ?? 1;
  if (places.length > 1) return t("evidence.showSeveral", { words, page, count: places.length });
  if (places.length === 1) return t("evidence.show", { words, page });
  return canLookAgain(item) ? t("evidence.offerLook", { words }) : words;
}
