/** Summarises how many values of an answer were found on the sheet, computed or not found. */

import type { EvidenceItem } from "../api/schema";
import { plural } from "../i18n";

const ORDER = [
  "found",
  "confirmed",
  "computed",
  "by_eye",
  "disputed",
  "not_found",
  "contradicted",
] as const;

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
