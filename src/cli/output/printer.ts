/** Where the objects that a command shows go: as text or as JSON, as they come. @module */
import { type Json, Out } from "../../codec/tc/show.ts";
import { compact, pretty } from "./json.ts";

/** What is written at once at least: a write per line costs more than the line. */
const CHUNK = 1 << 15;

export interface Form {
  readonly json?: boolean | undefined;
  readonly pretty?: boolean | undefined;
  readonly oneline?: boolean | undefined;
}

export class Printer {
  readonly #write: (text: string) => void;
  readonly #form: Form;
  #text = "";
  #items: number | undefined; // of the list that is open
  constructor(write: (text: string) => void, form: Form) {
    this.#write = write;
    this.#form = form;
  }

  /** Shows a list, whose items `body` gives one after the other. */
  async list(body: (item: (show: (out: Out) => void) => void) => Promise<void> | void): Promise<void> {
    this.#items = 0;
    try {
      await body((show) => this.#item(show));
      this.#close();
    } finally {
      this.#items = undefined;
      this.flush();
    }
  }
  /** Shows one event: a line of JSON, or its text, at once; nothing if `show` says false. */
  event(show: (out: Out) => boolean | void): void {
    const out = new Out();
    if (show(out) === false) return;
    this.#push(this.#form.json ? `${this.#json(out.json)}\n` : this.#lines(out.text));
    this.flush();
  }
  /** Plain text. */
  say(text: string): void {
    this.#push(text);
  }
  flush(): void {
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#write(text);
  }

  #item(show: (out: Out) => void): void {
    const out = new Out();
    show(out);
    if (this.#form.json) this.#push(`${this.#items === 0 ? this.#opening : ","}${this.#json(out.json, 1)}`);
    else this.#push(this.#lines(out.text));
    this.#items = this.#items! + 1;
  }
  get #opening(): string {
    return this.#form.pretty ? "[ " : "[";
  }
  #close(): void {
    if (!this.#form.json) return;
    if (this.#form.pretty) this.#push(this.#items === 0 ? "[ ]\n" : " ]\n");
    else this.#push(this.#items === 0 ? "[]\n" : "]\n");
  }
  #json(value: Json, depth = 0): string {
    return this.#form.pretty ? pretty(value, depth) : compact(value);
  }
  /** With -oneline the lines of an object are joined by backslashes. */
  #lines(text: string): string {
    return this.#form.oneline && text.endsWith("\n") ? `${text.slice(0, -1).replaceAll("\n", "\\")}\n` : text;
  }
  #push(text: string): void {
    this.#text += text;
    if (this.#text.length >= CHUNK) this.flush();
  }
}
