/**
 * The chat protocol on the page's side: sends questions and stops, handles replies and model
 * states. After each `hello` it resumes running turns and sends waiting questions.
 */

import type { Accepted, Ask, ErrorFrame, ServerFrame } from "../api/schema";
import { Socket, type SocketEvents } from "../api/socket";
import { t } from "../i18n";
import * as store from "../store";
import { emptyMessage, isRunning, type Message } from "../store/message";
import { renamed } from "../store/message_tree";
import { Outbox, parentIn } from "./outbox";
import { TurnFrames } from "./turn_frames";

/** Callbacks to the rest of the page. */
export interface TurnsOutside {
  /** Reload this conversation from the server. */
  reload(conversation: string): Promise<void>;
  /** Text recognition may have finished while disconnected. */
  reread(): void;
  /** The first question created a conversation. */
  began(conversation: string): void;
  /** Titles or the order of the list may have changed. */
  listChanged(): void;
  /** The handshake failed. */
  refused(): void;
}

export class Turns {
  readonly outbox: Outbox;
  readonly socket: Socket;
  #outside: TurnsOutside;
  readonly frames: TurnFrames;
  #wasOpen = false;
  /** Questions stopped while disconnected, before the server accepted them. */
  #takenBack = new Set<string>();
  /** Turns to stop after the reconnect. */
  #stopLater = new Set<string>();

  constructor(
    outside: TurnsOutside,
    makeSocket: (events: SocketEvents) => Socket = (events) => new Socket(events),
    outbox = new Outbox(),
  ) {
    this.#outside = outside;
    this.outbox = outbox;
    this.socket = makeSocket({
      frame: (frame) => this.#received(frame),
      state: store.setConnection,
      refused: () => outside.refused(),
    });
    this.frames = new TurnFrames({
      resume: (turn_id, after_seq) => this.socket.send({ type: "resume", turn_id, after_seq }),
      ended: () => outside.listChanged(),
    });
  }

  /** Show the question immediately and send it now or after the reconnect. */
  ask(ask: Ask): void {
    this.outbox.add(ask);
    this.show(ask);
    this.socket.send(ask);
  }

  /** Add a question that is not accepted yet, and its pending answer, to the conversation. */
  show(ask: Ask): void {
    if (store.messages.value.has(ask.id)) return;
    const question: Message = {
      ...emptyMessage(ask.id, "user", parentIn(ask)),
      text: ask.text,
      drawings: ask.drawings ?? [],
      status: "sending",
      local: true,
    };
    const answer = emptyMessage(answerId(ask), "assistant", ask.id);
    // The next question replaces a refused one.
    const kept = [...store.messages.value].filter(([, one]) => !one.local || isRunning(one));
    store.setMessages(
      new Map(kept)
        .set(question.id, question)
        .set(answer.id, { ...answer, status: "sending", local: true }),
    );
    store.chooseBranch(parentIn(ask) ?? "", ask.id);
  }

  stop(answer: Message): void {
    if (answer.turn_id) {
      if (!this.socket.send({ type: "stop", turn_id: answer.turn_id })) {
        this.#stopLater.add(answer.turn_id);
        store.notify(t("chat.stopsLater"));
      }
      return;
    }
    const id = answer.parent_id ?? "";
    // Before `accepted`, the turn is named by the question's id.
    if (this.socket.send({ type: "stop", id })) return;
    // It may have arrived before the disconnect, so stop it after the reconnect too.
    this.#takenBack.add(id);
    this.outbox.remove(id);
    for (const one of [id, answer.id]) {
      store.updateMessage(one, (message) => ({ ...message, status: "stopped" }));
    }
  }

  #received(frame: ServerFrame): void {
    if (frame.type === "hello") {
      store.setServerVersion(frame.version);
      store.setModel(frame.model);
      this.#greeted();
    } else if (frame.type === "model") {
      store.setModel(frame.model);
    } else if (frame.type === "drawing") {
      store.notePageText(frame.id, frame.page, frame.text_source, frame.reading);
    } else if (frame.type === "prefill") {
      store.notePrefills(frame.items);
    } else if (frame.type === "accepted") {
      this.#accepted(frame);
    } else if (frame.type === "error" && (frame.turn_id == null || frame.seq == null)) {
      this.#refusedFrame(frame);
    } else if (frame.type !== "pong") {
      this.frames.add(frame);
    }
  }

  /** After a (re)connect: resume running turns, then send waiting questions. */
  #greeted(): void {
    store.forgetPrefills();
    this.socket.send({ type: "prefill" });
    this.frames.resumeAll();
    this.#outside.listChanged();
    const open = store.conversationId.value;
    if (open && this.#wasOpen) void this.#outside.reload(open);
    if (this.#wasOpen) this.#outside.reread();
    this.#wasOpen = true;
    for (const id of this.#takenBack) this.socket.send({ type: "stop", id });
    this.#takenBack.clear();
    for (const turn_id of this.#stopLater) this.socket.send({ type: "stop", turn_id });
    this.#stopLater.clear();
    for (const ask of this.outbox.all()) this.socket.send(ask);
  }

  #accepted(frame: Accepted): void {
    const ask = this.outbox.remove(frame.id);
    this.frames.begin(frame.turn_id, frame.message_id, frame.conversation_id);
    if (ask && store.messages.value.has(ask.id)) {
      this.#adopt(ask, frame);
    } else if (store.conversationId.value === frame.conversation_id) {
      void this.#outside.reload(frame.conversation_id);
    }
    this.#outside.listChanged();
  }

  /** Give the shown question and answer their server ids. */
  #adopt(ask: Ask, frame: Accepted): void {
    const answer = answerId(ask);
    const names = new Map([
      [ask.id, frame.question_id],
      [answer, frame.message_id],
    ]);
    const messages = renamed(store.messages.value, names);
    const known = messages.get(frame.message_id);
    if (!known) return;
    const question = messages.get(frame.question_id);
    if (question) messages.set(question.id, { ...question, status: "complete", local: false });
    messages.set(frame.message_id, {
      ...known,
      local: false,
      turn_id: frame.turn_id,
      status: "streaming",
      queue_position: frame.queue_position,
      answered_by: frame.answered_by ?? null,
    });
    store.chooseBranch(parentIn(ask) ?? "", frame.question_id);
    store.setMessages(messages);
    if (store.conversationId.value === null) this.#outside.began(frame.conversation_id);
  }

  /** A frame was refused: mark its question as failed, so that it can be asked again. */
  #refusedFrame(frame: ErrorFrame): void {
    const ask = frame.id == null ? null : this.outbox.remove(frame.id);
    const problem = { code: frame.code, message: frame.message };
    if (frame.code === "unauthorized") store.requireSignIn();
    const open = store.conversationId.value;
    // The server no longer runs this turn: reload its stored outcome.
    if (!ask && frame.code === "not_found" && open && store.runningAnswer.value)
      void this.#outside.reload(open);
    if (!ask) return;
    // Put the attachments back, unless others were added meanwhile.
    const isOpen = (ask.conversation_id ?? null) === open;
    if (isOpen && store.attachments.value.length === 0) store.setAttachments(ask.drawings ?? []);
    for (const id of [ask.id, answerId(ask)]) {
      store.updateMessage(id, (message) => ({ ...message, status: "failed", problem }));
    }
  }
}

const answerId = (ask: Ask): string => `${ask.id}:answer`;
