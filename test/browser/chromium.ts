/** Headless Chromium over its debugging pipe: runs a script in an empty page. No package, no port, no network. @module */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

export const installed: boolean = spawnSync("chromium", ["--version"]).status === 0;

interface Message {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #next = 1;
  #session: string | undefined;
  #text = "";
  #errors = "";

  private constructor() {
    this.#profile = mkdtempSync(join(tmpdir(), "nlink-chromium-"));
    const flags = [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"],
      ...["--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update"],
      ...["--disable-sync", "--metrics-recording-only", "--host-resolver-rules=MAP * ~NOTFOUND"],
      `--user-data-dir=${this.#profile}`,
    ];
    // Commands go to descriptor 3, answers come from 4, each JSON with a NUL behind it.
    this.#process = spawn("chromium", [...flags, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    (this.#process.stdio[2] as Readable).on("data", (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-2000);
    });
    (this.#process.stdio[4] as Readable).setEncoding("utf8").on("data", (data: string) => this.#take(data));
    this.#process.on("exit", () => {
      for (const settle of this.#waiting.values())
        settle({ error: { message: `chromium has ended: ${this.#errors}` } });
    });
  }

  static async start(): Promise<Chromium> {
    const browser = new Chromium();
    const { targetId } = await browser.#call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.#call("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = sessionId as string;
    return browser;
  }

  /** Evaluates an expression, whose value, or what its promise resolves to, must be JSON. @throws {Error} what it throws */
  async run(expression: string): Promise<unknown> {
    const answer = await this.#call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = answer as {
      result: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  #call(method: string, params: object): Promise<Record<string, unknown>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (result) resolve(result);
        else reject(new Error(`${method}: ${error?.message}`));
      });
      const session = this.#session && { sessionId: this.#session };
      (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }
  #take(data: string): void {
    const messages = (this.#text + data).split("\0");
    this.#text = messages.pop()!;
    for (const message of messages) {
      const parsed = JSON.parse(message) as Message;
      if (parsed.id !== undefined) this.#waiting.get(parsed.id)?.(parsed);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
