/** Claims of an answer against which the sheet speaks, with what the sheet says and its place. */
import type { EvidenceItem } from "../api/schema";
import { Icon } from "../app/controls/Icon";
import { t } from "../i18n";
import { placesOf, showValue } from "./evidence";

/** The sheet's own words, as an evidence item has them. */
function sheetText(item: EvidenceItem): string {
  return (typeof item.says === "string" ? item.says : item.says?.text) ?? "";
}

export function Contradictions({ items }: { items: EvidenceItem[] }) {
  const wrong = items.filter((item) => item.status === "contradicted" && item.says);
  if (wrong.length === 0) return null;
  return (
    <div class="evidence-check">
      {wrong.map((item) => (
        <p key={item.start} class="evidence-warning" role="note">
          <Icon name="warning" />
          <span>
            {t("evidence.contradicts", { claim: item.text })} {t("evidence.sheetSays")}{" "}
            {placesOf(item).length > 0 ? (
              <button type="button" class="link value" onClick={() => showValue(item)}>
                {sheetText(item)}
              </button>
            ) : (
              <strong>{sheetText(item)}</strong>
            )}
          </span>
        </p>
      ))}
    </div>
  );
}
