/** Options that may stand anywhere in a line of ip or tc. @module */
import { wrong } from "./failure.ts";
import { text } from "./grammar/args.ts";
import type { Options } from "./grammar/command.ts";

/** What all programs' output and connections go by. */
export interface Globals {
  json?: boolean;
  pretty?: boolean;
  /** How often -s was said. */
  statistics?: number;
  details?: number;
  oneline?: boolean;
  brief?: boolean;
  /** always, auto or never. */
  color?: string;
  /** Time stamps of a monitor: a line of its own, or a short one. */
  timestamp?: boolean;
  tshort?: boolean;
  /** No names for numbers. */
  Numeric?: boolean;
  human?: boolean;
  iec?: boolean;
  resolve?: boolean;
  netns?: string;
  family?: number;
  all?: boolean;
  /** The version was asked for, and nothing else. */
  version?: boolean;
  force?: boolean;
  batch?: string;
  /** Bytes that the socket may queue. */
  rcvbuf?: number;
  loops?: number;
  /** File of a virtual kernel to work on; empty: a fresh one. */
  virtual?: string;
  [name: string]: unknown;
}

/** What nlink itself and every program of its has. */
export const versionGlobal = {
  version: { short: "V", also: ["Version"], last: true, help: "the version" },
} satisfies Options;

/** Those that every program has. In the order of iproute2's `matches`: where a beginning fits several, the first is meant. */
export const commonGlobals = {
  statistics: { also: ["stats"], count: true, help: "statistics; twice for more of them" },
  details: { count: true, help: "details" },
  oneline: { last: true, help: "each object on one line, its lines joined by \\" },
  timestamp: { short: "t", last: true, help: "monitors: the time before each event" },
  tshort: { also: ["ts"], last: true, help: "monitors: the same in a short form" },
  force: { last: true, help: "batches: go on after a line that failed" },
  batch: { arg: text("FILE"), last: true, help: "run the lines of a file, or of standard input: -" },
  brief: { also: ["br"], last: true, help: "a table" },
  json: { last: true, help: "JSON" },
  pretty: { last: true, help: "JSON on many lines" },
  color: {
    also: ["colour"],
    last: true,
    arg: {
      syntax: "{ always | auto | never }",
      implied: "always",
      read: (parser) => {
        const word = parser.next();
        if (word !== "always" && word !== "auto" && word !== "never") throw wrong(word, "not always, auto or never");
        return word;
      },
    },
    help: "colours",
  },
  netns: { short: "n", arg: text("NAME", "netns"), last: true, help: "work in this network namespace" },
  Numeric: { short: "N", also: ["numeric"], last: true, help: "numbers in place of names" },
  ...versionGlobal,
} satisfies Options;

const FAMILIES: { readonly [name: string]: number } = { inet: 2, inet6: 10, bridge: 7, mpls: 28, link: 17, any: 0 };
export const FAMILY_NAMES: { readonly [family: number]: string } = Object.fromEntries(
  Object.entries(FAMILIES).map(([name, number]) => [number, name]),
);
const only = (family: number, help: string) => ({ key: "family", value: family, last: true, help }) as const;
export const familyGlobals = {
  "4": only(2, "IPv4"),
  "6": only(10, "IPv6"),
  "0": only(17, "links only"),
  B: only(7, "bridging"),
  M: only(28, "MPLS"),
  family: {
    short: "f",
    last: true,
    arg: {
      syntax: "{ inet | inet6 | bridge | mpls | link }",
      complete: Object.keys(FAMILIES),
      read: (parser): number => {
        const word = parser.next();
        if (!Object.hasOwn(FAMILIES, word)) throw wrong(word, "invalid protocol family");
        return FAMILIES[word]!;
      },
    },
    help: "an address family",
  },
} satisfies Options;
