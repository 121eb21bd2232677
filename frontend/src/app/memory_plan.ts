/** The memory plan from `/api/model`. Fields are checked, because other servers may omit some. */
import type { ModelInfo } from "../api/schema";

/** The parts of the memory bar, in display order. */
export const PARTS = ["weights", "work", "kv", "taken", "free"] as const;
export type Part = (typeof PARTS)[number];

export interface Plan {
  model: string;
  precision: string;
  gpus: number;
  /** Bytes per GPU, or in main memory. */
  parts: Record<Part, number>;
  total: number;
  tokens: number;
  window: number;
  pages: number;
  turns: number;
}

/** The plan of a model, or null if there is none to show. */
export function readPlan(info: ModelInfo): Plan | null {
  const plan = info.plan;
  const memory = record(plan?.["memory"]);
  if (plan?.["fits"] !== true || !memory) return null;
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
    // Prefer the number that the engine measured.
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
