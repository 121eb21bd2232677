/** A message of the conversation, and what each frame changes in it. Pure functions. */
import type {
  DrawingReference,
  ErrorFrame,
  EvidenceItem,
  NoteCode,
  ServerFrame,
  Shown,
  Timing,
  ToolFrame,
  TurnUsage,
} from "../api/schema";
import type { Problem, StoredMessage, StoredStatus, ToolStep } from "../api/types";

/** `sending`: the server has not accepted it yet. */
export type MessageStatus = StoredStatus | "sending";

export interface Message {
  id: string;
  parent_id: string | null;
  role: "user" | "assistant";
  text: string;
  status: MessageStatus;
  turn_id: string | null;
  drawings: DrawingReference[];
  evidence: EvidenceItem[];
  usage: TurnUsage | null;
  /** Null while that is unknown, and for answers of older servers. */
  answered_by: "model" | "sheet" | null;
  created_at: number;
  // Only in frames, not stored:
  reasoning: string;
  tools: ToolStep[];
  timing: Timing | null;
  notes: string[];
  /** The codes of the notes, in the same order; old answers have none. */
  note_codes: NoteCode[];
  /** The images and texts of the drawings in the prompt. */
  shown: Shown[];
  problem: Problem | null;
  finish_reason: "stop" | "length" | null;
  queue_position: number;
  /** The last event of the turn applied to this message; resuming continues after it. */
  last_seq: number;
  /** Not accepted by the server yet, perhaps never. */
  local: boolean;
}

/** A message without content. */
export function emptyMessage(id: string, role: Message["role"], parent: string | null): Message {
  return {
    id,
    parent_id: parent,
    role,
    text: "",
    status: "complete",
    turn_id: null,
    drawings: [],
    evidence: [],
    usage: null,
    answered_by: null,
    created_at: Date.now() / 1000,
    reasoning: "",
    tools: [],
    timing: null,
    notes: [],
    note_codes: [],
    shown: [],
    problem: null,
    finish_reason: null,
    queue_position: 0,
    last_seq: 0,
    local: false,
  };
}

/** Whether more text is expected. */
export const isRunning = (message: Message): boolean =>
  message.status === "streaming" || message.status === "sending";

/** Merge a stored message into `known`, which frames may have given more than is stored. */
export function fromStored(stored: StoredMessage, known?: Message): Message {
  if (known && isRunning(known) && stored.status === "streaming") return known;
  const base = known ?? emptyMessage(stored.id, stored.role, stored.parent_id ?? null);
  const given = Object.entries(stored).filter(([, value]) => value !== null && value !== undefined);
  // Replay a running answer from its first event: frames carry more than is stored.
  const last_seq = stored.status === "streaming" ? 0 : base.last_seq;
  return { ...base, ...Object.fromEntries(given), last_seq };
}

/** A numbered frame of a turn. */
export type TurnFrame = Extract<ServerFrame, { seq: number }> | ErrorFrame;

/** The message after the frame; unchanged if the frame was applied before or is out of order. */
export function applyFrame(message: Message, frame: TurnFrame): Message {
  if (frame.seq == null || frame.seq !== message.last_seq + 1) return message;
  // A replay starts over: drop the text that the reload brought.
  const base = frame.seq === 1 ? restarted(message) : message;
  return { ...base, ...change(base, frame), last_seq: frame.seq };
}

function restarted(message: Message): Message {
  return { ...message, text: "", reasoning: "", tools: [], evidence: [], status: "streaming" };
}

function change(message: Message, frame: TurnFrame): Partial<Message> {
  switch (frame.type) {
    case "delta":
      return { text: message.text + frame.text, queue_position: 0 };
    case "reasoning":
      return { reasoning: message.reasoning + frame.text, queue_position: 0 };
    case "tool":
      return { tools: withTool(message.tools, frame) };
    case "evidence":
      return { evidence: withEvidence(message.evidence, frame.items) };
    case "done":
      return {
        status: "complete",
        usage: frame.usage,
        timing: frame.timing,
        notes: frame.notes,
        note_codes: frame.note_codes ?? [],
        shown: frame.shown,
        finish_reason: frame.finish_reason,
      };
    case "stopped":
      return {
        status: "stopped",
        usage: frame.usage,
        timing: frame.timing,
        shown: frame.shown,
      };
    case "error":
      return {
        status: frame.code === "engine_restarting" ? "interrupted" : "failed",
        problem: { code: frame.code, message: frame.message },
      };
  }
}

/** Replace the running state of a tool call by its latest state. */
function withTool(tools: ToolStep[], frame: ToolFrame): ToolStep[] {
  const { type: _type, turn_id: _turn, seq: _seq, ...step } = frame;
  const running = tools.findIndex((known) => known.step === step.step);
  return running < 0 ? [...tools, step] : tools.with(running, step);
}

/** A second look at a value replaces the first. */
function withEvidence(known: EvidenceItem[], items: EvidenceItem[]): EvidenceItem[] {
  const byPlace = new Map(known.map((item) => [`${item.start}-${item.end}`, item]));
  for (const item of items) byPlace.set(`${item.start}-${item.end}`, item);
  return [...byPlace.values()].sort((one, other) => one.start - other.start);
}
