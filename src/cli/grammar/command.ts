/**
 * Commands as data. A command says its options, each with its words, what stands behind it and a line of help; how a line is read,
 * abbreviations, help and completion follow.
 *
 * An option is given as iproute2 has it, `dev eth0`, or with dashes, `--dev eth0`, `--dev=eth0`, `-d eth0`; a `bare` one by its value
 * alone, `eth0`. Dashes and underscores within a word are the same.
 * @module
 */
import type { Context } from "../context.ts";
import type { Parser } from "./parser.ts";

/** What stands behind an option's word. */
export interface Arg<T = unknown> {
  /** How help writes it: `"DEVICE"`, `"{ on | off }"`. */
  readonly syntax: string;
  /** What it is of: completion offers those. */
  readonly complete?: readonly string[] | "device" | "netns" | "file" | "vrf" | undefined;
  /** Where an option is spelt with dashes, it may stand alone, and then means this: `--stp`. */
  readonly implied?: T | undefined;
  /** Uses up the words of a value. `word` is the option's. @throws {CommandError} */
  read(parser: Parser, word: string): T;
}

export interface Option<T = unknown> {
  /** Other words for it than its key. */
  readonly also?: readonly string[] | undefined;
  /** Its letter: `-d`. */
  readonly short?: string | undefined;
  /** What follows the word; left out, the word says all. */
  readonly arg?: Arg<T> | undefined;
  /** What the word alone says (true by default), */
  readonly value?: T | undefined;
  /** and of which option: `down: { key: "up", value: false }`. */
  readonly key?: string | undefined;
  /** It may be repeated: its values are a list. */
  readonly many?: boolean | undefined;
  /** It may be repeated, and counts. */
  readonly count?: boolean | undefined;
  /** It may be repeated, and the last one counts. */
  readonly last?: boolean | undefined;
  /** Of a bare one: whether a word can be its value; one that cannot is the next option's. */
  readonly fits?: ((word: string) => boolean) | undefined;
  /** It can be shortened to any beginning, as iproute2's `matches` has it. Others only where nothing bare could be meant. */
  readonly abbr?: boolean | undefined;
  readonly help: string;
  /** Not in help: another spelling of something that is there. */
  readonly hidden?: boolean | undefined;
}
export interface Options {
  readonly [key: string]: Option;
}

type ValueOf<O> = O extends { readonly arg: Arg<infer T> }
  ? O extends { readonly many: true }
    ? T[]
    : T
  : O extends { readonly count: true }
    ? number
    : O extends { readonly value: infer V }
      ? O extends { readonly many: true }
        ? V[]
        : V
      : boolean;
type KeyOf<K, O> = O extends { readonly key: infer X } ? X : K;
type Unite<O, K> = { [P in keyof O]: KeyOf<P, O[P]> extends K ? ValueOf<O[P]> : never }[keyof O];
/** What reading a line by `O` gives. */
export type Values<O> = { -readonly [K in keyof O as KeyOf<K, O[K]> & string]?: Unite<O, KeyOf<K, O[K]>> };

interface Entry {
  readonly name: string;
  readonly also?: readonly string[] | undefined;
  readonly help: string;
  /** Exit statuses of a word that is none of a group's entries, and of `help`, from here on: ip's 1 and 255 otherwise. */
  readonly statuses?: { readonly unknown: number; readonly help: number } | undefined;
}
/** Something to do. */
export interface Command extends Entry {
  readonly options: Options;
  /** Options whose values may stand without a word, in order; the last one may be `many`. */
  readonly bare: readonly string[];
  /** Words that follow, of a form of their own, as help shows them. */
  readonly details?: string | undefined;
  /** Options are only those with dashes, as getopt has them: letters may stand together, `-tuln`, and before a value, `-finet`. */
  readonly clusters?: boolean | undefined;
  /** An exit status, if it is not 0. */
  run(context: Context, values: never): Promise<number | void> | number | void;
}
/** What leads to commands: an object as `link`, or a program. */
export interface Group extends Entry {
  readonly entries: readonly Node[];
  /** Options that may stand anywhere from here on. */
  readonly globals?: Options | undefined;
  /** The entry that is meant where none is said. */
  readonly otherwise?: string | undefined;
  /** What to do where the line ends here, instead. */
  run?(context: Context): Promise<number | void>;
}
/** An entry that is loaded when it is called for. */
export interface Lazy extends Entry {
  readonly load: () => Promise<Command | Group>;
}
export type Node = Command | Group | Lazy;

interface CommandSpec<O extends Options> extends Entry {
  readonly options?: O;
  readonly bare?: readonly (keyof O & string)[] | undefined;
  readonly details?: string | undefined;
  readonly clusters?: boolean | undefined;
  run(context: Context, values: Values<O>): Promise<number | void> | number | void;
}
/** Declares a command. */
export const command = <const O extends Options = {}>({ options, bare, ...spec }: CommandSpec<O>): Command =>
  ({ ...spec, options: options ?? {}, bare: bare ?? [] }) as unknown as Command;
/** Declares commands that take the same and do different things with it: `edit("delete", "remove", "remove a route")`. */
export const commandsOf =
  <const O extends Options, V>(
    options: O,
    bare: readonly (keyof O & string)[],
    run: (context: Context, verb: V, values: Values<O>) => Promise<number | void>,
  ) =>
  (name: string, verb: V, help: string, also: readonly string[] = []): Command =>
    command({ name, also, help, options, bare, run: (context, values) => run(context, verb, values) });
export const group = (spec: Group): Group => spec;
/** An entry that `load` brings: help and completion know its name without. */
export const lazy = (
  name: string,
  also: readonly string[],
  help: string,
  load: () => Promise<Command | Group>,
): Lazy => ({ name, also, help, load });

export const isLazy = (node: Node): node is Lazy => "load" in node;
export const isGroup = (node: Command | Group): node is Group => "entries" in node;
