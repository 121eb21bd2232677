/**
 * Applies the frames of running turns to their answers, once and in order, batched per animation
 * frame. Missing frames are requested through `FrameSource`.
 */

import * as store from "../store";
import { applyFrame, isRunning, type Message, type TurnFrame } from "../store/message";

const RESUME_AGAIN_MS = 2000;

/** A turn being followed: its answer, and when it was last resumed. */
interface Watched {
  message: string;
  resumed: number;
  /** For an ended turn: the replayed message so far, shown once complete. */
  replayed?: Message;
}

export interface FrameSource {
  /** Request a turn's frames after `after`; false while disconnected. */
  resume(turn: string, after: number): boolean;
  /** A running turn has ended. */
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

  /** Follow a turn that has just begun. */
  begin(turn: string, message: string, conversation: string): void {
    this.#turns.set(turn, { message, resumed: Date.now() });
    store.beginTurn(turn, conversation);
  }

  /** Follow an answer that was running when its conversation was loaded. */
  watch(answer: Message, conversation: string): void {
    if (!answer.turn_id) return;
    this.begin(answer.turn_id, answer.id, conversation);
    this.#resume(answer.turn_id, true);
  }

  /** Replay an ended answer for its steps, reasoning and notes, which only frames have. */
  replay(answer: Message): void {
    const turn = answer.turn_id;
    if (!turn || answer.last_seq > 0 || this.#turns.has(turn)) return;
    if (!this.#source.resume(turn, 0)) return;
    const replayed = { ...answer, last_seq: 0 };
    this.#turns.set(turn, { message: answer.id, resumed: Date.now(), replayed });
  }

  /** Request all missing frames after a reconnect. */
  resumeAll(): void {
    for (const [turn, entry] of this.#turns) {
      if (entry.replayed) this.#turns.delete(turn);
      else this.#resume(turn, true);
    }
  }

  add(frame: TurnFrame): void {
    this.#frames.push(frame);
    if (this.#flushing) return;
    this.#flushing = true;
    // Hidden pages get no animation frames.
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
    if (entry.replayed) {
      entry.replayed = applyFrame(entry.replayed, frame);
      if (before && !isRunning(entry.replayed)) {
        // Second looks after the turn are stored with the answer but are not in the frames.
        messages.set(entry.message, { ...entry.replayed, evidence: before.evidence });
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

  /** Request missing frames, but not again while a request is under way. */
  #resume(turn: string, now: boolean, known?: number): void {
    const entry = this.#turns.get(turn);
    if (!entry || (!now && Date.now() - entry.resumed < RESUME_AGAIN_MS)) return;
    const after = known ?? store.messages.value.get(entry.message)?.last_seq ?? 0;
    if (this.#source.resume(turn, after)) entry.resumed = Date.now();
  }
}

const isTerminal = (frame: TurnFrame): boolean =>
  frame.type === "done" || frame.type === "stopped" || frame.type === "error";
