/** The memory plan: what uses the GPU memory, and how many pages and turns fit. */
import { number, plural, t } from "../i18n";
import { ModelChange } from "./ModelChange";
import { PARTS, type Plan } from "./memory_plan";

export function ModelPlan({ plan }: { plan: Plan }) {
  const title = plan.gpus === 0 ? t("plan.main") : plural("plan.gpus", plan.gpus);
  return (
    <div class="menu-body model-plan">
      <strong>
        {plan.model.split("/").at(-1)} <span class="quiet">{plan.precision}</span>
      </strong>
      <div class="plan-bar" aria-hidden="true">
        {PARTS.map((part) => (
          <span key={part} class={part} style={{ flexGrow: plan.parts[part] / plan.total }} />
        ))}
      </div>
      <dl aria-label={title}>
        <div>
          <dt>{title}</dt>
          <dd>{size(plan.total)}</dd>
        </div>
        {PARTS.filter((part) => plan.parts[part] > 0).map((part) => (
          <div key={part}>
            <dt class={`plan-part ${part}`}>{t(`plan.${part}`)}</dt>
            <dd>{size(plan.parts[part])}</dd>
          </div>
        ))}
      </dl>
      <p class="small">
        {t("plan.room", {
          tokens: number(plan.tokens),
          window: number(plan.window),
          pages: number(plan.pages),
          turns: number(plan.turns),
        })}
      </p>
      <ModelChange />
    </div>
  );
}

/** GPU memory in GiB, or in MiB below 0.1 GiB. */
function size(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 0.1 ? `${number(gib, 1)} GiB` : `${number(bytes / 2 ** 20, 1)} MiB`;
}
