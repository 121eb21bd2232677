/** Claims of an answer against which the sheet speaks, with what the sheet says and its place. */
import type { EvidenceItem } from "../api/schema";
import { Icon } from "../app/controls/Icon";
import { t } from "../i18n";
import { placesOf, showValue } from "./evidence";

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
                {item.says?.text}
              </button>
            ) : (
              <strong>{item.says?.text}</strong>
            )}
          </span>
        </p>
      ))}
    </div>
  );
}
