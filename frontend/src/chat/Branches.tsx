/** Switches between the versions of a question. */

import { IconButton } from "../app/controls/IconButton";
import { t } from "../i18n";
import { children, chooseBranch, messages } from "../store";

export function Branches({ id }: { id: string }) {
  const parent = messages.value.get(id)?.parent_id ?? null;
  const key = parent !== null && messages.value.has(parent) ? parent : "";
  const siblings = children.value.get(key) ?? [];
  if (siblings.length < 2) return null;
  const at = siblings.indexOf(id);
  const go = (to: number) => () => chooseBranch(key, siblings[to]!);
  return (
    <span class="branches">
      <IconButton
        icon="left"
        label={t("branch.previous")}
        disabled={at === 0}
        onClick={go(at - 1)}
      />
      <span>{t("branch.at", { at: at + 1, count: siblings.length })}</span>
      <IconButton
        icon="right"
        label={t("branch.next")}
        disabled={at === siblings.length - 1}
        onClick={go(at + 1)}
      />
    </span>
  );
}
