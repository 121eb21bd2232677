/** In words, under an answer: how many of its values stand on the sheet, and which do not. */
import { plural } from "../i18n";
import type { EvidenceItem } from "../api/frames";

const ORDER = ["found", "confirmed", "computed", "by_eye", "disputed", "not_found"] as const;

export function EvidenceSummary({ items }: { items: EvidenceItem[] }) {
  if (items.length === 0) return null;
  return (
    <ul class="evidence-summary">
      {ORDER.map((status) => {
        const count = items.filter((item) => item.status === status).length;
        if (count === 0) return null;
        return (
          <li key={status}>
            <span class={`evidence-sign ${status}`} aria-hidden="true" />
            {plural(`evidence.count.${status}`, count)}
          </li>
        );
      })}
    </ul>
  );
}
