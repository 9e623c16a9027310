/** Filters as the kernel and tc sent them: byte for byte, in the user's terms and back, and tc's own command lines read by us. @module */
import { describe, expect, test } from "vitest";
import { decode } from "../../../src/codec/schema/engine.ts";
import { chain, filter } from "../../../src/codec/tc/filter.ts";
import { filterKinds } from "../../../src/codec/tc/filter-kinds.ts";
import {
  contextOf as fullContext,
  optionsFromWire,
  optionsToWire,
  parseOptions,
  printOptions,
  type TcContext,
  type TcKind,
} from "../../../src/codec/tc/kind.ts";
import { protocolOf } from "../../../src/codec/tc/tcmsg.ts";
import { captured, testCaptured } from "../rtnetlink/captured.ts";
import { fromPayload, payload } from "./support.ts";

const NEWTFILTER = 44;
const types = [NEWTFILTER, 45, 46];
testCaptured("tc-filter", filter, types, {
  atLeast: 200,
  forms: [
    [/\.geneve\.0: 1 2 3 1 2 3/, "options of geneve stand in one nest, one after the other (fl_dump_key_geneve_opt)"],
    [/\.act\.\d+: 1( \d+)* 2$/, "options of actions are without NLA_F_NESTED, which requests must have"],
    [/\.keyEncOpts(Mask)?: [2-5]$/, "nests are without NLA_F_NESTED, which requests must have"],
  ],
});
testCaptured("tc-filter", chain, [100, 101, 102], { atLeast: 3 });

type Message = ReturnType<typeof decodeFilter>;
const decodeFilter = (bytes: Uint8Array) => decode(filter, bytes, "little");
const kindOf = (m: Message): TcKind | undefined =>
  Object.hasOwn(filterKinds, m.kind ?? "")
    ? (filterKinds as unknown as { [kind: string]: TcKind })[m.kind!]
    : undefined;
const DEVICES: { readonly [name: string]: number } = { dummy0: 2, dummy1: 3, dummy2: 4 };
const contextOf = (m: Message): Partial<TcContext> => ({
  protocol: protocolOf(m.info, true),
  handle: m.handle,
  parent: m.parent,
  deviceIndex: (name) => DEVICES[name]!,
  openPinned: () => 7,
  deviceName: (index) => Object.keys(DEVICES).find((name) => DEVICES[name] === index),
});
const again = (kind: TcKind, wire: unknown) => fromPayload(kind, payload(kind, wire));

describe("what the kernel reports can be given again, as options and as words, and means the same", () => {
  const messages = captured("tc-filter", [NEWTFILTER]).filter(({ from }) => from === "kernel");
  for (const [i, { command, payload: bytes }] of messages.entries()) {
    const message = decodeFilter(bytes);
    const kind = kindOf(message);
    const options = message.options as object | undefined;
    if (!kind || options === undefined || options instanceof Uint8Array) continue;
    test(`${i} ${kind.kind} ${message.info >>> 16} of ${command.slice(0, 60)}`, () => {
      const context = contextOf(message);
      const read = optionsFromWire(kind, options as never, context);
      if ((read as { id?: number }).id !== undefined) {
        expect(() => optionsToWire(kind, read as never, context), "of a loaded program only the id is known").toThrow(
          "bpf.fd: is missing",
        );
        return;
      }
      const back = optionsFromWire(kind, again(kind, optionsToWire(kind, read as never, context)) as never, context);
      expect(withoutCounts(back)).toEqual(withoutCounts(read));
      const spelt = parseOptions(kind, printOptions(kind, read as never, context), context);
      // Of fw it stands behind the handle.
      const { mask } = read as { mask?: number };
      const inHandle = kind.handleOptions && mask !== undefined ? kind.handleOptions(`0x${mask.toString(16)}`) : {};
      const respelt = optionsFromWire(
        kind,
        again(kind, optionsToWire(kind, { ...(spelt as object), ...inHandle } as never, context)) as never,
        context,
      );
      expect(withoutCounts(respelt), printOptions(kind, read as never, context).join(" ")).toEqual(withoutCounts(read));
    });
  }
});
/** What only the kernel says. */
function withoutCounts(options: unknown): unknown {
  const { hits, inHw, inHwCount, actions, ...others } = options as {
    actions?: { kind: string; options: object }[];
    [name: string]: unknown;
  };
  const indexless = actions?.map((action) => ({ kind: action.kind, options: { ...action.options, index: undefined } }));
  return { ...others, ...(indexless && { actions: indexless }) };
}

describe("tc's command lines make the same request", () => {
  const requests = captured("tc-filter", [NEWTFILTER]).filter(
    ({ from, command, payload: bytes }) =>
      from === "user" && /^!? ?tc filter (add|replace|change)/.test(command) && kindOf(decodeFilter(bytes)),
  );
  test.each(requests.map((r) => [r.command, r] as const))("%s", (command, { payload: bytes }) => {
    const theirs = decodeFilter(bytes);
    const kind = kindOf(theirs)!;
    const words = commandWords(command);
    const place = words.indexOf(kind.kind);
    const parsed = parseOptions(kind, words.slice(place + 1), contextOf(theirs));
    const handle = words.slice(0, place).includes("handle") ? words[words.indexOf("handle") + 1]! : undefined;
    const [number, suffix] = handle?.split("/") ?? [];
    const asked = number === undefined ? 0 : (kind.parseHandle?.(number) ?? Number(number));
    const options = { ...(parsed as object), ...(suffix !== undefined && kind.handleOptions!(suffix)) };
    expect(kind.handleOf?.(options, asked, fullContext(contextOf(theirs))) ?? asked).toBe(theirs.handle);
    const wire = optionsToWire(kind, options as never, contextOf(theirs));
    expect(whatCounts(wire === undefined ? undefined : again(kind, wire))).toEqual(whatCounts(theirs.options));
  });
});
/**
 * Without what the kernel does not look at, or what is the process's: tables of rates, which tc rounds in its own ways; what tc leaves on
 * its stack as a mark's count; the other version's members of ERSPAN; descriptors.
 */
function whatCounts(options: unknown): unknown {
  return JSON.parse(
    JSON.stringify(options ?? null, (key, value: unknown) => {
      if (typeof value === "bigint") return String(value);
      if (Array.isArray(value) && value.length === 256) return "table";
      if (key === "fd") return "fd";
      if (key === "mark") return { ...(value as object), success: 0 };
      if (key !== "erspan") return value;
      const { ver, index, dir, hwid } = value as { [name: string]: number };
      return ver === 1 ? { ver, index } : { ver, dir, hwid };
    }),
  );
}
/** The words of a line as a shell splits it. */
const commandWords = (line: string): string[] =>
  (line.match(/'[^']*'|\S+/g) ?? [])
    .map((word) => (word.startsWith("'") ? word.slice(1, -1) : word))
    .filter((w) => w !== "||" && w !== "true");
