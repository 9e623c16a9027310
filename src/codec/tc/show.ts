/** What `tc … show` prints, as text and as JSON from one description. Fractions are as C's `%g` writes them: `Number(formatG(x))`. @module */

export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Takes what is shown, in order. Either form may lack something that the other has. */
export class Out {
  #text = "";
  #json: { [key: string]: Json } = {};
  #list: Json[] | undefined;

  get text(): string {
    return this.#text;
  }
  get json(): Json {
    return this.#list ?? this.#json;
  }
  /** A value: its key in JSON, and its text with the blank behind it (undefined: only in JSON). */
  put(key: string, value: Json, text?: string): void {
    if (this.#list) this.#list.push(value);
    else this.#json[key] = value;
    if (text !== undefined) this.#text += text;
  }
  /** Only in the text. */
  say(text: string): void {
    this.#text += text;
  }
  /** An object under `key`. */
  object(key: string, body: (out: Out) => void): void {
    const inner = new Out();
    body(inner);
    this.put(key, inner.json, inner.text);
  }
  /** An array under `key`, of what `body` puts. */
  array(key: string, body: (out: Out) => void): void {
    const inner = new Out();
    inner.#list = [];
    body(inner);
    this.put(key, inner.json, inner.text);
  }
}
