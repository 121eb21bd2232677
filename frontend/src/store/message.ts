/**
 * Messages and conversations as values: their shape, and what a frame does to a message.
 * Pure: no signals, no socket, no DOM.
 */
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
} from "../api/frames";

/** A call of a tool, as its latest frame tells it. */
export type ToolStep = Omit<ToolFrame, "type" | "turn_id" | "seq">;

export type MessageStatus =
  | "complete"
  | "streaming"
  | "stopped"
  | "interrupted"
  | "failed"
  /** Written here and not yet accepted by the server. */
  | "sending";


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
  created_at: number;
  // What only frames bring:
  reasoning: string;
  tools: ToolStep[];
  timing: Timing | null;
  notes: string[];
  /** The same notes by their codes; an answer from before they were given has none. */
  note_codes: NoteCode[];
  /** What the model was given of the drawings. */
  shown: Shown[];
  problem: { code: string; message: string } | null;
  finish_reason: "stop" | "length" | null;
  queue_position: number;
  /** The last event of the turn that is in here; resuming goes on after it. */
  last_seq: number;
  /** Only here: the server has not accepted it, and may never. */
  local: boolean;
}

export interface Conversation {
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
}

/** A message with nothing in it yet. */
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

/** Whether more is to come. */
export const isRunning = (message: Message): boolean =>
  message.status === "streaming" || message.status === "sending";

/** A message as the server stores it; what frames alone bring is empty. */
export type StoredMessage = Partial<Message> & Pick<Message, "id" | "role" | "text" | "status">;

/** `known` is what this page has of the message already: its frames told more than is stored. */
export function fromStored(stored: StoredMessage, known?: Message): Message {
  if (known && isRunning(known) && stored.status === "streaming") return known;
  const base = known ?? emptyMessage(stored.id, stored.role, stored.parent_id ?? null);
  const given = Object.entries(stored).filter(([, value]) => value !== null && value !== undefined);
  // A running answer is told again from its first event: frames carry more than is stored.
  const last_seq = stored.status === "streaming" ? 0 : base.last_seq;
  return { ...base, ...Object.fromEntries(given), last_seq };
}

/** A frame that belongs to a turn and has its number. */
export type TurnFrame = Extract<ServerFrame, { seq: number }> | ErrorFrame;

/** The message after the frame. A frame that is in it already, or comes too early, changes nothing. */
export function applyFrame(message: Message, frame: TurnFrame): Message {
  if (frame.seq == null || frame.seq !== message.last_seq + 1) return message;
  // The text that a reload brought along is told again from the first event on.
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

/** A tool that has ended takes the place of the same call while it ran. */
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

