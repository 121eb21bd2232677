/** The model state: a line in the header, and a banner while the model is not ready. */

import type { ModelInfo } from "../api/schema";
import { number, seconds, t, tPhase } from "../i18n";
import { connection, model } from "../store";
import { Menu } from "./controls/Menu";
import { ModelPlan } from "./ModelPlan";
import { readPlan } from "./memory_plan";

export function ModelLine() {
  const info = model.value;
  if (!info) return null;
  const plan = readPlan(info);
  // The state is only known while connected.
  const isKnown = connection.value === "open";
  const line = (
    <span class={`model-line ${isKnown ? info.state : ""}`} title={info.model}>
      <span class="lamp" aria-hidden="true" />
      {isKnown && <span class="model-words">{t(`model.${info.state}`)}</span>}
      {!isKnown && <span class="visually-hidden">{shortName(info.model)}</span>}
      <span class="quiet wide-only model-name">{shortName(info.model)}</span>
      {info.leaves_machine && (
        <span class="model-leaves" title={t("model.leavesWhere")}>
          <span class="wide-only">{t("model.leaves")}</span>
          <span class="narrow-only">{t("model.leavesShort")}</span>
        </span>
      )}
    </span>
  );
  if (!plan) return line;
  return (
    <Menu summary={line}>
      <ModelPlan plan={plan} />
    </Menu>
  );
}

/** The last part of a repository or path. */
const shortName = (name: string): string => name.split(/[/\\]/).filter(Boolean).at(-1) ?? name;

export function ModelBanner() {
  const info = model.value;
  if (!info) return null;
  if (info.state === "failed" || info.state === "stopped") {
    return (
      <div class="banner bad" role="alert">
        <strong>{t(`model.${info.state}`)}.</strong> {info.error ?? t("model.noReason")}
      </div>
    );
  }
  if (info.state === "asleep") {
    return (
      <div class="banner" role="status">
        {t("model.asleepWhy")}
      </div>
    );
  }
  if (info.state !== "ready") return <Loading info={info} />;
  return info.demo && <Demo kind={info.demo} />;
}

/** Explains the demo model and how to use a real one. */
function Demo({ kind }: { kind: "random" | "trained" }) {
  return (
    <details class="banner warn">
      <summary>
        {t(`model.demo.${kind}`)} <span class="link">{t("model.demo.use")}</span>
      </summary>
      <p>{t("model.demo.real")}</p>
    </details>
  );
}

function Loading({ info }: { info: ModelInfo }) {
  const progress = info.progress;
  const known = progress !== null && progress.total > 0;
  return (
    <div class="banner loading">
      <div class="row">
        <span role="status">
          {t(`model.${info.state}`)}
          {progress &&
            progress.phase !== info.state &&
            `: ${tPhase(progress.phase, { done: progress.done, total: progress.total })}`}
        </span>
        <span class="grow" />
        <span class="quiet">
          {known &&
            progress.phase !== "weights" &&
            amount(progress.done, progress.total, progress.unit)}
          {progress?.eta_s != null && ` · ${t("model.eta", { time: seconds(progress.eta_s) })}`}
        </span>
      </div>
      <progress
        aria-label={t(`model.${info.state}`)}
        {...(known && { max: progress.total, value: progress.done })}
      />
      <p class="quiet small">{info.error ?? t("model.askAnyway")}</p>
    </div>
  );
}

function amount(done: number, total: number, unit: string): string {
  if (/^bytes?$/i.test(unit)) return `${number(done / 1e9, 1)} / ${number(total / 1e9, 1)} GB`;
  if (/^(s|seconds?)$/i.test(unit)) return `${number((100 * done) / total)} %`;
  return `${number(done)} / ${number(total)}${unit ? ` ${unit}` : ""}`;
}
