/**
 * An answer's Markdown. Only a block whose HTML has changed is rebuilt, so that a long answer
 * streams without the page working through all of it, and a selection further up survives.
 */
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../i18n";
import { blocksOf, nodesOf } from "../markdown";
import { mathReady } from "../math";
import type { EvidenceItem } from "../protocol";
import { focusOn, locale } from "../store";

interface Props {
  text: string;
  evidence: EvidenceItem[];
}

export function AnswerText({ text, evidence }: Props) {
  const blocks = useMemo(() => blocksOf(text, evidence), [text, evidence]);
  const items = useRef(evidence);
  items.current = evidence;

  const activate = (event: Event): void => {
    const mark = (event.target as Element).closest<HTMLElement>("[data-evidence]");
    const item = mark && items.current[Number(mark.dataset["evidence"])];
    if (!item?.drawing || !item.page || !item.box) return;
    event.preventDefault();
    focusOn({ drawing: item.drawing, page: item.page, box: item.box, label: item.text });
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
  // Marks name items by their number; a second look changes an item and not the HTML.
  const statuses = /[\uFDD0]/.test(html) ? evidence.map((item) => item.status).join() : "";
  useLayoutEffect(() => {
    const named = new Set<number>();
    const nodes = nodesOf(html, (index) => markElement(evidence, index, named));
    place.current?.replaceChildren(nodes);
  }, [html, statuses, locale.value, html.includes("formula") && mathReady.value]);
  return <div class="block" ref={place} />;
}

/** A value's mark; of one that runs through several elements only the first takes the focus. */
function markElement(evidence: EvidenceItem[], index: number, named: Set<number>): HTMLElement {
  const element = document.createElement("span");
  const item = evidence[index];
  if (!item) return element;
  element.className = `evidence ${item.status}`;
  element.dataset["evidence"] = String(index);
  const words = t(`evidence.${item.status}`);
  element.title = item.box ? t("evidence.show", { words, page: item.page ?? 1 }) : words;
  if (item.box && !named.has(index)) {
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", `${item.text}: ${element.title}`);
  }
  named.add(index);
  return element;
}
