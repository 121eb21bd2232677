/**
 * Running turns and their frames: each frame goes into its answer once and in order, all frames
 * between two pictures as one change of the store. Knows no socket: it asks for what is missing.
 */
import { applyFrame, isRunning, type Message, type TurnFrame } from "../store/message";
import * as store from "../store";

const RESUME_AGAIN_MS = 2000;

/** A turn whose frames are wanted: its answer, and when it was last resumed. */
interface Watched {
  message: string;
  resumed: number;
  /** Of an ended turn: what its frames have told so far; shown when all have come. */
  retold?: Message;
}

export interface FrameSource {
  /** Ask for a turn's frames after this one; false while the line is down. */
  resume(turn: string, after: number): boolean;
  /** A turn that was running has come to its end. */
  ended(): void;
}

export class TurnFrames {
  #source: FrameSource;
  #turns = new Map<string, Watched>();
  #frames: TurnFrame[] = [];
  #flushing = false;

  constructor(source: FrameSource) {
    this.#source = source;
  }

  /** A turn has begun, and its frames come by themselves. */
  begin(turn: string, message: string, conversation: string): void {
    this.#turns.set(turn, { message, resumed: Date.now() });
    store.beginTurn(turn, conversation);
  }

  /** Watch an answer that was running when its conversation was loaded. */
  watch(answer: Message, conversation: string): void {
    if (!answer.turn_id) return;
    this.begin(answer.turn_id, answer.id, conversation);
    this.#resume(answer.turn_id, true);
  }

  /** Have an ended answer told again, for its steps, reasoning and notes: only frames have them. */
  recall(answer: Message): void {
    const turn = answer.turn_id;
    if (!turn || answer.last_seq > 0 || this.#turns.has(turn)) return;
    if (!this.#source.resume(turn, 0)) return;
    const retold = { ...answer, last_seq: 0 };
    this.#turns.set(turn, { message: answer.id, resumed: Date.now(), retold });
  }

  /** On a new line nothing comes by itself. */
  resumeAll(): void {
    for (const [turn, entry] of this.#turns) {
      if (entry.retold) this.#turns.delete(turn);
      else this.#resume(turn, true);
    }
  }

  add(frame: TurnFrame): void {
    this.#frames.push(frame);
    if (this.#flushing) return;
    this.#flushing = true;
    // A hidden page gets no animation frames, and nobody looks.
    if (document.hidden) setTimeout(() => this.#flush(), 100);
    else requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const frames = this.#frames;
    this.#frames = [];
    const messages = new Map(store.messages.value);
    for (const frame of frames) this.#apply(frame, messages);
    store.setMessages(messages);
  }

  #apply(frame: TurnFrame, messages: Map<string, Message>): void {
    const turn = frame.turn_id ?? "";
    const entry = this.#turns.get(turn);
    if (!entry) return;
    const before = messages.get(entry.message);
    if (entry.retold) {
      entry.retold = applyFrame(entry.retold, frame);
      if (before && !isRunning(entry.retold)) {
        // A second look after the turn is stored with the answer, and in no frame.
        messages.set(entry.message, { ...entry.retold, evidence: before.evidence });
      }
    } else if (before) {
      const after = applyFrame(before, frame);
      if (after === before) {
        if ((frame.seq ?? 0) > before.last_seq) this.#resume(turn, false, before.last_seq);
        return;
      }
      messages.set(entry.message, after);
    }
    if (isTerminal(frame)) this.#end(turn);
  }

  #end(turn: string): void {
    this.#turns.delete(turn);
    if (store.endTurn(turn)) this.#source.ended();
  }

  /** Ask for what is missing, but not for each frame that comes while it is on its way. */
  #resume(turn: string, now: boolean, known?: number): void {
    const entry = this.#turns.get(turn);
    if (!entry || (!now && Date.now() - entry.resumed < RESUME_AGAIN_MS)) return;
    const after = known ?? store.messages.value.get(entry.message)?.last_seq ?? 0;
    if (this.#source.resume(turn, after)) entry.resumed = Date.now();
  }
}

const isTerminal = (frame: TurnFrame): boolean =>
  frame.type === "done" || frame.type === "stopped" || frame.type === "error";
