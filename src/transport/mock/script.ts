/** What is expected, what is answered, and what became of it. @module */
import { explainText } from "../../codec/explain/text.ts";
import { NLM_F_ACK } from "../../codec/nlmsg/header.ts";
import type { MemoryTransport } from "../memory.ts";
import { type Dialect, explainRequest, type Request, requestsOf } from "../request.ts";
import { type Answer, type Asked, ack, done, encodeAnswer } from "./answer.ts";
import { checkExpected, compareRequest, type Expected, expectedText, mismatchText } from "./expectation.ts";

export type Answers = Answer | readonly Answer[];
/** Made when the request is known. */
export type Answerer = (request: Request) => Answers;
interface Line {
  readonly number: number;
  readonly expected: Expected;
  readonly answers: readonly (Answers | Answerer)[];
}

/** What was sent is not what the script says, or the script was not played to its end. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  /** What was sent, if something was. */
  readonly request: Request | undefined;
  constructor(message: string, request?: Request) {
    super(message);
    this.request = request;
  }
}

// As they are when a delay begins: a test's own timers rule it.
const later = (f: () => void, ms: number): void => {
  globalThis.setTimeout(f, ms);
};

export class Script {
  readonly dialect: Dialect;
  /** All that was sent, in order. */
  readonly requests: Request[] = [];
  readonly #lines: Line[] = [];
  readonly #allowed: Line[] = [];
  readonly #failures: ScriptError[] = [];
  #next = 0;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  expect(expected: Expected, answers: Line["answers"]): void {
    checkExpected(expected);
    this.#lines.push({ number: this.#lines.length + 1, expected, answers });
  }
  allow(expected: Expected, answers: Line["answers"]): void {
    checkExpected(expected);
    this.#allowed.push({ number: 0, expected, answers });
  }
  /** What is expected and was not sent yet, a line each. */
  get pending(): string[] {
    return this.#lines.slice(this.#next).map(({ expected }) => expectedText(expected));
  }

  /** @throws {ScriptError} */
  verify(): void {
    const [first] = this.#failures;
    if (first) throw first;
    const { pending } = this;
    if (pending.length > 0)
      throw new ScriptError(
        `the script has not been played to its end: ${pending.length} of ${this.#lines.length} requests were not sent\n${pending.map((line) => `  ${line}`).join("\n")}`,
      );
  }

  /** Holds what was sent against the script, and answers it. @throws {ScriptError} */
  take(socket: MemoryTransport, datagram: Uint8Array): void {
    const requests = requestsOf(datagram, this.dialect);
    for (const request of requests) {
      this.requests.push(request);
      try {
        const line = this.#lineFor(request);
        const asked = { request, dialect: this.dialect, portId: socket.portId };
        play(socket, asked, answersOf(line, request));
      } catch (e) {
        if (e instanceof ScriptError) this.#failures.push(e);
        throw e;
      }
    }
  }

  #lineFor(request: Request): Line {
    const line = this.#lines[this.#next];
    const found = line && compareRequest(line.expected, request);
    if (line && found?.length === 0) {
      this.#next++;
      return line;
    }
    const allowed = this.#allowed.find(({ expected }) => compareRequest(expected, request).length === 0);
    if (allowed) return allowed;
    const number = this.requests.length;
    const what = explainText(explainRequest(request, this.dialect));
    if (line && found) {
      // Where fields differ, they say enough.
      const all = found.some(({ path }) => path === "") ? `\n${what}` : "";
      throw new ScriptError(
        `request ${number} is not line ${line.number} of the script\n${mismatchText(line.expected, request, found)}${all}`,
        request,
      );
    }
    const end =
      this.#lines.length === 0 ? "the script is empty" : `the script has ended after ${this.#lines.length} requests`;
    throw new ScriptError(`request ${number} is not expected: ${end}\nsent:     ${request.summary}\n${what}`, request);
  }
}

function answersOf({ answers, expected }: Line, request: Request): readonly Answer[] {
  const all = answers.flatMap((one) => (typeof one === "function" ? one(request) : one));
  if (answers.length > 0) return all;
  // What the request asks for, and nothing to tell.
  if (request.dump) return [done()];
  if ((request.header.flags & NLM_F_ACK) !== 0) return [ack()];
  if (!request.name.startsWith("get")) return [];
  throw new ScriptError(
    `the script has no answer to ${expectedText(expected)}, which asks for one: ${request.summary}`,
    request,
  );
}

/** Gives out answers in order; behind a delay, later. */
function play(socket: MemoryTransport, asked: Asked, answers: readonly Answer[]): void {
  for (const [i, one] of answers.entries()) {
    switch (one.answer) {
      case "delay":
        later(() => {
          if (!socket.closed) play(socket, asked, answers.slice(i + 1));
        }, one.ms);
        return;
      case "silence":
        break;
      case "overrun":
        socket.overrun(one.lost);
        break;
      case "datagram":
      case "bytes": {
        const whole = one.answer === "bytes" ? one.bytes : encodeAnswer(one.messages, asked);
        const { sender = 0, truncated = 0 } = one;
        socket.deliver(whole.subarray(0, whole.length - truncated), { sender, truncated });
        break;
      }
      default:
        socket.deliver(encodeAnswer([one], asked));
    }
  }
}
