/**
 * An answer's Markdown. Only a block whose HTML has changed is rebuilt, so that a long answer
 * streams without the page working through all of it, and a selection further up survives.
 */
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { canLookAgain, placesOf, showValue, wordsOf } from "./evidence";
import { t } from "../i18n";
import { blocksOf, marksIn, nodesOf } from "./markdown";
import { mathReady } from "./formulas";
import type { EvidenceItem } from "../api/frames";
import { locale } from "../store";

interface Props {
  text: string;
  evidence: EvidenceItem[];
  /** A value was activated that has no place to show, only a second look to offer. */
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
  // Marks name items by their number; a second look changes an item and not the HTML. Only its own:
  // while an answer streams, each new value further down would draw every block again.
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

/** Whether a click leads anywhere: to its place, or to looking again. */
const isActive = (item: EvidenceItem): boolean =>
  placesOf(item).length > 0 || canLookAgain(item);

/** What a mark shows of an item, and a second look changes. */
const lookOf = (item: EvidenceItem | undefined): string =>
  item ? `${item.status} ${item.read} ${item.box}` : "";

/** A value's mark; of one that runs through several elements only the first takes the focus. */
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
