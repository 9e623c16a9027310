/** Reads a line by the options of a command and of the groups above it. @module */
import { usage } from "../failure.ts";
import type { Option, Options, Values } from "./command.ts";
import { Line } from "./line.ts";

export type Bag = Record<string, unknown>;
interface Found {
  readonly layer: Layer;
  readonly key: string;
  readonly option: Option;
}
/** Options, where their values go, and which of them can stand without a word. */
interface Layer {
  readonly options: Options;
  readonly into: Bag;
  readonly bare: string[];
  /** They have no form without dashes. */
  readonly global: boolean;
}

/** `-d`, `--dev`, `-4`; not `-`, and not a number. */
export const isDashed = (word: string): boolean => /^--?[A-Za-z]|^-[046]$/.test(word);
/** `--vlan-filtering` is `vlan_filtering`. */
const plain = (word: string): string => word.replaceAll("-", "_");

function search(layer: Layer, test: (name: string, option: Option) => boolean): Found | undefined {
  for (const key in layer.options) {
    const option = layer.options[key]!;
    if ([key, ...(option.also ?? [])].some((name) => test(plain(name), option))) return { layer, key, option };
  }
  return undefined;
}
const whole = (layer: Layer, word: string) => search(layer, (name) => name === plain(word));
/** By the beginning of its word: the first in their order. */
const begun = (layer: Layer, word: string, may: (option: Option) => boolean = () => true) =>
  search(layer, (name, option) => may(option) && name.startsWith(plain(word)));

export class Parser extends Line {
  /** Values of the groups' options. */
  readonly globals: Bag;
  /** The innermost first. */
  readonly #layers: Layer[] = [];
  /** Options have dashes, and letters may stand together: `Command.clusters`. */
  clusters = false;
  /** What to say of a word that nothing is known of, where that is not the usual. */
  stranger: ((word: string) => Error) | undefined;

  constructor(words: readonly string[], globals: Bag = {}) {
    super(words);
    this.globals = globals;
  }

  /** Options to know from here on, before those that are known already. Values go `into`. */
  add(options: Options, into: Bag, { bare = [], global = false }: { bare?: readonly string[]; global?: boolean } = {}) {
    this.#layers.unshift({ options, into, bare: [...bare], global });
  }

  /** Reads the options with dashes that come next. */
  dashed(): void {
    while (this.ahead !== undefined && this.#isDashed(this.ahead)) this.one();
  }
  /** Reads all that is left. */
  all(): void {
    while (!this.done) this.one();
  }
  /** Reads an option, of either spelling. */
  one(): void {
    const word = this.next();
    const dashed = this.#isDashed(word);
    const found = dashed ? undefined : this.#find(word);
    if (dashed) this.#dashed(word);
    else if (found) this.#set(found, word, false);
    else this.#bare(word);
  }
  /** Reads the options of a value, as long as the next word is one of them: `nexthop via 10.0.0.1 weight 2`. */
  within<const O extends Options>(options: O): Values<O> {
    const layer: Layer = { options, into: {}, bare: [], global: false };
    for (let word = this.ahead; word !== undefined; word = this.ahead) {
      const dashed = isDashed(word);
      const found = whole(layer, dashed ? word.replace(/^--?/, "") : word);
      if (!found) break;
      this.next();
      this.#set(found, word, dashed);
    }
    return layer.into as Values<O>;
  }
  /** Whether a word is one of an option here, rather than a value. */
  knows(word: string): boolean {
    return this.#isDashed(word) || this.#find(word) !== undefined;
  }
  #isDashed(word: string): boolean {
    return this.clusters ? /^-[A-Za-z\d-]/.test(word) : isDashed(word);
  }

  #find(word: string): Found | undefined {
    const layers = this.#layers.filter((layer) => !layer.global);
    return (
      first(layers, (layer) => whole(layer, word)) ??
      first(layers, (layer) => begun(layer, word, ({ abbr }) => abbr ?? layer.bare.length === 0))
    );
  }
  #bare(word: string): void {
    const layer = this.#layers.find(({ bare }) => bare.length > 0);
    const place = layer?.bare.findIndex((name) => layer.options[name]!.fits?.(word) ?? true) ?? -1;
    if (!layer || place < 0 || this.stranger)
      throw this.stranger?.(word) ?? usage(`Error: "${word}" is not known here, or one too many. Try option "help"`);
    const key = layer.bare[place]!;
    const option = layer.options[key]!;
    if (!option.many) layer.bare.splice(place, 1);
    this.insert(word);
    this.#set({ layer, key, option }, key, false);
  }

  #dashed(text: string): void {
    const long = text.startsWith("--");
    if (this.clusters && !long) {
      this.#letters(text.slice(1));
      return;
    }
    const equals = text.indexOf("=");
    const word = text.slice(long ? 2 : 1, equals < 0 ? undefined : equals);
    // Whole words first; of beginnings, those of globals, as "-d" is more often -details than "--dev" cut short.
    const found =
      first(this.#layers, (layer) => (long ? undefined : whole(layer, text))) ?? // "-tentative": those that are not
      first(this.#layers, (layer) => (long ? undefined : byLetter(layer, word)) ?? whole(layer, word)) ??
      first([...this.#layers].reverse(), (layer) => begun(layer, word));
    if (found) {
      if (equals >= 0) {
        if (!found.option.arg) throw usage(`Error: "${text}": ${word} takes no value`);
        this.insert(text.slice(equals + 1));
      }
      this.#set(found, word, equals < 0);
      return;
    }
    throw usage(`Option "${text}" is unknown, try "help".`);
  }
  /** Letters in a row; what stands behind one that takes a value is its value. */
  #letters(letters: string): void {
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i]!;
      const found = first(this.#layers, (layer) => byLetter(layer, letter));
      if (!found) throw usage(`Option "-${letter}" is unknown, try "--help".`);
      const rest = letters.slice(i + 1);
      const takesRest = found.option.arg !== undefined && rest !== "";
      if (takesRest) this.insert(rest);
      this.#set(found, letter, false);
      if (takesRest) return;
    }
  }

  #set({ layer: { into, bare }, key: name, option }: Found, said: string, alone: boolean): void {
    const key = option.key ?? name;
    if (option.count) {
      into[key] = ((into[key] as number | undefined) ?? 0) + 1;
      return;
    }
    if (into[key] !== undefined && !option.many && !option.last)
      throw usage(`Error: duplicate "${said}": there is one already`);
    // What has been given by its word is not given bare, too.
    const place = bare.indexOf(key);
    if (place >= 0 && !option.many) bare.splice(place, 1);
    const value = this.#value(option, said, alone);
    if (option.many) ((into[key] ??= []) as unknown[]).push(value);
    else into[key] = value;
  }
  #value({ arg, value }: Option, said: string, alone: boolean): unknown {
    if (!arg) return value ?? true;
    if (!alone || arg.implied === undefined) return arg.read(this, said);
    // `--stp`, `--stp on`, `--stp --vlan-filtering`: what follows is its value only if it can be.
    return this.attempt(() => arg.read(this, said)) ?? arg.implied;
  }
}

function byLetter(layer: Layer, letter: string): Found | undefined {
  for (const key in layer.options)
    if (layer.options[key]!.short === letter) return { layer, key, option: layer.options[key]! };
  return undefined;
}

function first<T>(layers: readonly Layer[], find: (layer: Layer) => T | undefined): T | undefined {
  for (const layer of layers) {
    const found = find(layer);
    if (found !== undefined) return found;
  }
  return undefined;
}
