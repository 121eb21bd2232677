/**
 * Questions and the line: ask, stop, what is accepted or refused, the model's state. After
 * every hello it resumes what was running and sends what waits. Knows no view.
 */
import { emptyMessage, isRunning, type Message } from "../store/message";
import { TurnFrames } from "./turn_frames";
import { t } from "../i18n";
import { Outbox, parentIn } from "./outbox";
import type { Accepted, Ask, ErrorFrame, ServerFrame } from "../api/frames";
import { Socket, type SocketEvents } from "../api/socket";
import * as store from "../store";
import { renamed } from "../store/message_tree";

/** What the rest of the page does when a conversation changes on the server. */
export interface TurnsOutside {
  /** Load this conversation (again) from the server. */
  reload(conversation: string): Promise<void>;
  /** What was being read when the line broke may have been read since. */
  reread(): void;
  /** A conversation was made by its first question. */
  began(conversation: string): void;
  /** A title, an order or a running mark may have changed. */
  listChanged(): void;
  /** The handshake failed: find out why. */
  refused(): void;
}

export class Turns {
  readonly outbox: Outbox;
  readonly socket: Socket;
  #outside: TurnsOutside;
  readonly frames: TurnFrames;
  #wasOpen = false;
  /** Stopped while the line was down, before the server said that it has them. */
  #takenBack = new Set<string>();
  /** Turns to be stopped once the line is back. */
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

  /** Show the question at once, send it now or when the line is back. */
  ask(ask: Ask): void {
    this.outbox.add(ask);
    this.show(ask);
    this.socket.send(ask);
  }

  /** Put a question that is not accepted yet, and its coming answer, into the conversation. */
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
    // A question that was refused gives way to the next one.
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
    // The server knows it by the question's id, if it has it.
    if (this.socket.send({ type: "stop", id })) return;
    // It may have arrived before the line broke: it is stopped there once the line is back.
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

  /** A new line: resume what was running, then send what waits; what had arrived is known. */
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

  /** The shown question and answer get the ids that the server gave them. */
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
    });
    store.chooseBranch(parentIn(ask) ?? "", frame.question_id);
    store.setMessages(messages);
    if (store.conversationId.value === null) this.#outside.began(frame.conversation_id);
  }

  /** A frame was refused: the question it carried has failed, and can be asked again. */
  #refusedFrame(frame: ErrorFrame): void {
    const ask = frame.id == null ? null : this.outbox.remove(frame.id);
    const problem = { code: frame.code, message: frame.message };
    if (frame.code === "unauthorized") store.requireSignIn();
    const open = store.conversationId.value;
    // A turn that the server does not run any more: what became of it is stored.
    if (!ask && frame.code === "not_found" && open && store.runningAnswer.value) void this.#outside.reload(open);
    if (!ask) return;
    // The next question is about the same drawings, if nothing else has been attached meanwhile.
    const isOpen = (ask.conversation_id ?? null) === open;
    if (isOpen && store.attachments.value.length === 0) store.setAttachments(ask.drawings ?? []);
    for (const id of [ask.id, answerId(ask)]) {
      store.updateMessage(id, (message) => ({ ...message, status: "failed", problem }));
    }
  }

}

const answerId = (ask: Ask): string => `${ask.id}:answer`;
