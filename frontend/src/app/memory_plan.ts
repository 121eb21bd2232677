/** The memory plan in `/api/model`, read with care: an older or another server may send less. */
import type { ModelInfo } from "../api/frames";

/** What fills the memory, in the order of the bar. */
export const PARTS = ["weights", "work", "kv", "taken", "free"] as const;
export type Part = (typeof PARTS)[number];

export interface Plan {
  model: string;
  precision: string;
  gpus: number;
  /** Bytes on each GPU, or in main memory. */
  parts: Record<Part, number>;
  total: number;
  tokens: number;
  window: number;
  pages: number;
  turns: number;
}

/** The plan of a model, or null where there is none that can be shown. */
export function readPlan(info: ModelInfo): Plan | null {
  const plan = info.plan;
  const memory = record(plan?.["memory"]);
  if (!plan || plan["fits"] !== true || !memory) return null;
  const bytes = (...names: string[]): number =>
    names.reduce((sum, name) => sum + whole(memory[name]), 0);
  const parts = {
    weights: bytes("weights"),
    work: bytes("activations", "encoder_cache", "graphs", "runtime"),
    kv: bytes("kv_cache"),
    taken: bytes("taken"),
    free: bytes("spare"),
  };
  const total = PARTS.reduce((sum, part) => sum + parts[part], 0);
  if (total <= 0) return null;
  return {
    model: String(plan["model"] ?? info.model),
    precision: String(plan["precision"] ?? ""),
    gpus: Array.isArray(plan["gpus"]) ? plan["gpus"].length : 0,
    parts,
    total,
    // What the engine counted itself is better than what was planned.
    tokens: whole(info.limits["kv_cache_tokens"]) || whole(plan["kv_cache_tokens"]),
    window: whole(record(plan["settings"])?.["max_model_len"]),
    pages: whole(plan["pages_in_window"]),
    turns: whole(plan["turns_in_window"]),
  };
}

const whole = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;

const record = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
