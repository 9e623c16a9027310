/** Which sockets a line of ss asks for: tables, families and states, as its letters imply them (misc/ss.c of iproute2). @module */
import { socketStates } from "../../codec/sockdiag/state.ts";
import { CommandError, usage } from "../failure.ts";

const { values: S } = socketStates;
const bits = (...states: number[]) => states.reduce((mask, state) => mask | (1 << state), 0);
/** As ss has it: without the states of Linux 6.8 and later. */
const ALL = bits(...Array.from({ length: 12 }, (_, i) => i));
const CONNECTED = ALL & ~bits(S.listen, S.close, S["time-wait"], S["syn-recv"]);
export const LISTENING = bits(S.listen, S.close);
export const ANY = ALL;

/** In the order in which they are shown; `kind` and `type` are SockDiag's. */
export const TABLES = {
  netlink: { kind: "netlink", family: ["netlink"], states: bits(S.close) },
  packet_raw: { kind: "packet", type: "raw", family: ["packet"], states: bits(S.close) },
  packet_dgram: { kind: "packet", type: "dgram", family: ["packet"], states: bits(S.close) },
  unix_stream: { kind: "unix", type: "stream", family: ["unix"], states: CONNECTED },
  unix_dgram: { kind: "unix", type: "dgram", family: ["unix"], states: bits(S.close) },
  unix_seqpacket: { kind: "unix", type: "seqpacket", family: ["unix"], states: CONNECTED },
  raw: { kind: "raw", family: ["inet", "inet6"], states: bits(S.established) },
  udp: { kind: "udp", family: ["inet", "inet6"], states: bits(S.established) },
  tcp: { kind: "tcp", family: ["inet", "inet6"], states: CONNECTED },
  dccp: { kind: "dccp", family: ["inet", "inet6"], states: CONNECTED },
  sctp: { kind: "sctp", family: ["inet", "inet6"], states: CONNECTED },
  vsock_stream: { kind: "vsock", type: "stream", family: ["vsock"], states: CONNECTED },
  vsock_dgram: { kind: "vsock", type: "dgram", family: ["vsock"], states: CONNECTED },
  xdp: { kind: "xdp", family: ["xdp"], states: bits(S.close) },
  mptcp: { kind: "mptcp", family: ["inet", "inet6"], states: CONNECTED },
} as const;
export type Table = keyof typeof TABLES;
export type Family = (typeof TABLES)[Table]["family"][number];
const names = Object.keys(TABLES) as Table[];
const ofFamily = (family: Family): Table[] =>
  names.filter((name) => (TABLES[name].family as readonly Family[]).includes(family));
const FAMILIES: { readonly [word: string]: Family } = {
  inet: "inet", inet6: "inet6", link: "packet", unix: "unix", netlink: "netlink", vsock: "vsock", xdp: "xdp",
}; // biome-ignore format: a table
/** Words of -A. */
const QUERIES: { readonly [word: string]: readonly Table[] } = {
  ...Object.fromEntries(names.map((name) => [name, [name]])),
  all: names,
  inet: ["udp", "dccp", "tcp", "sctp", "raw"],
  unix: ofFamily("unix"),
  packet: ofFamily("packet"),
  vsock: ofFamily("vsock"),
};
export const queryWords = Object.keys(QUERIES);
export const familyWords = Object.keys(FAMILIES);

export class Selection {
  readonly #tables = new Set<Table>();
  readonly #families = new Set<Family>();
  /** The last of the families that were named. */
  #preferred: Family | undefined;
  #states = 0;
  #asked = false;
  #queried = false;
  /** Of -a, -l and the like, and of `state`: instead of what the rest implies. */
  states: number | undefined;

  table(name: Table): void {
    this.#asked = true;
    this.#tables.add(name);
    this.#states |= TABLES[name].states;
    for (const family of TABLES[name].family) this.#families.add(family);
  }
  family(word: string): void {
    const family = FAMILIES[word];
    if (!family) throw usage(`ss: "${word}" is invalid family`);
    this.#asked = true;
    this.#families.add(family);
    this.#preferred = family;
    for (const table of ofFamily(family))
      this.#states |= family.startsWith("inet") || family === "unix" ? CONNECTED : TABLES[table].states;
  }
  query(words: string): void {
    if (!this.#queried) {
      this.#tables.clear();
      this.states ??= CONNECTED;
    }
    this.#queried = true;
    this.#asked = true;
    for (const word of words.split(",")) {
      if (!Object.hasOwn(QUERIES, word)) throw usage(`ss: "${word}" is illegal socket table id`);
      for (const table of QUERIES[word]!) this.table(table);
    }
  }

  /** The tables and states to show. @throws {CommandError} there are none; ss then ends with 0 */
  result(): { tables: readonly Table[]; states: number; family: "inet" | "inet6" | undefined } {
    if (!this.#asked) {
      this.states ??= CONNECTED;
      for (const name of names) this.table(name);
    }
    const states = this.states ?? this.#states;
    for (const name of this.#tables)
      if (!TABLES[name].family.some((family) => this.#families.has(family)))
        for (const family of TABLES[name].family) this.#families.add(family);
    for (const family of this.#families)
      if (!ofFamily(family).some((name) => this.#tables.has(name)))
        for (const name of family.startsWith("inet") ? QUERIES.inet! : ofFamily(family)) this.#tables.add(name);
    if (states === 0) throw new CommandError(0, "ss: no socket states to show with such filter.");
    const tables = names.filter((name) => this.#tables.has(name));
    const only = this.#preferred === "inet" || this.#preferred === "inet6" ? this.#preferred : undefined;
    return { tables, states, family: only };
  }
}
