/** What a command has to work with: the line's globals, its output, and sockets. @module */
import { Channel } from "../api/channel.ts";
import type { NetnsSpec, Transport } from "../transport/transport.ts";
import type { Globals } from "./globals.ts";
import type { Io, SocketOptions } from "./io.ts";
import { type NameTables, nameTables, numericTables } from "./names.ts";
import { type Paint, painter } from "./output/colour.ts";
import { Printer } from "./output/printer.ts";

/** The sockets of a run, which its lines share. */
export class Sockets {
  readonly #io: Io;
  readonly #channels = new Map<string, Promise<Channel>>();
  constructor(io: Io) {
    this.#io = io;
  }
  /** A socket of one's own. The caller closes it. */
  async open(options: SocketOptions): Promise<Transport> {
    const netns = options.netns ?? this.#io.netns;
    if (this.#io.open) return this.#io.open({ ...options, netns });
    const { openLinux } = await import("../transport/linux/index.ts");
    return openLinux({ ...options, netns });
  }
  /** The conversation of a protocol in a namespace. */
  async channel(protocol: number, netns?: NetnsSpec): Promise<Channel> {
    const key = `${protocol} ${JSON.stringify(netns ?? null)}`;
    const known = await this.#channels.get(key)?.catch(() => undefined);
    if (known && !known.closed) return known;
    const made = this.open({ protocol, netns }).then((transport) => new Channel(transport));
    this.#channels.set(key, made);
    made.catch(() => this.#channels.delete(key));
    return made;
  }
  close(): void {
    for (const channel of this.#channels.values())
      channel.then(
        (c) => c.close(),
        () => {},
      );
    this.#channels.clear();
  }
}

export interface Context {
  readonly io: Io;
  readonly globals: Globals;
  readonly sockets: Sockets;
  readonly printer: Printer;
  readonly paint: Paint;
  readonly names: NameTables;
  /** rtnetlink in the line's namespace. */
  rtnetlink(): Promise<Channel>;
  /** Runs another line of the same program, as of a batch; its exit status. */
  line(words: readonly string[]): Promise<number>;
}

export function contextOf(
  io: Io,
  globals: Globals,
  sockets: Sockets,
  line: (words: readonly string[]) => Promise<number>,
): Context {
  return {
    io,
    globals,
    sockets,
    printer: new Printer((text) => io.stdout(text), globals),
    paint: globals.json ? (_, text) => text : painter(globals.color, io),
    names: globals.Numeric ? numericTables : nameTables,
    rtnetlink: () => sockets.channel(0, globals.netns),
    line,
  };
}
