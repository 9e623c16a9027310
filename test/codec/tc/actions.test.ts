import { describe, expect, test } from "vitest";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { type ActionMessage, action } from "../../../src/codec/tc/action.ts";
import type { ActionKind } from "../../../src/codec/tc/action-kinds.ts";
import { actionKinds } from "../../../src/codec/tc/action-kinds.ts";
import {
  type Action,
  type ActionSpec,
  actionFromWire,
  actionsToWire,
  actionWords,
  parseActions,
  showActions,
} from "../../../src/codec/tc/action-list.ts";
import { type Filter, filter } from "../../../src/codec/tc/filter.ts";
import { contextOf } from "../../../src/codec/tc/kind.ts";
import { Out } from "../../../src/codec/tc/show.ts";
import { Words } from "../../../src/codec/tc/words.ts";
import { captured } from "../rtnetlink/captured.ts";

const messages = captured("tc-action", [RTM.newaction, RTM.delaction, RTM.getaction]);
const DUMMY1 = 3;
const context = contextOf({
  deviceIndex: (name) => (name === "dummy1" ? DUMMY1 : 0),
  deviceName: (index) => (index === DUMMY1 ? "dummy1" : undefined),
  openPinned: () => 4,
});
const read = (payload: Uint8Array) => decode(action, payload, "little") as ActionMessage;
const again = (tab: object) => read(encode(action, { tab } as never, "little")).tab!;
/** The words of a command line, without its quotes. */
const split = (command: string) =>
  (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((w) => w.replace(/^['"]|['"]$/g, ""));

/** Requests but for what tc writes otherwise in the same meaning. */
function normal(tab: NonNullable<ActionMessage["tab"]>): unknown {
  return tab.map(({ hwStats, options, ...rest }) => ({
    ...rest,
    // tc selects only the bit that it sets.
    ...(hwStats && { hwStats: hwStats.value }),
    options:
      rest.kind === "police"
        ? police(options as never)
        : rest.kind === "tunnel_key"
          ? tunnel(options as never)
          : options,
  }));
}
/** tc reckons times in whole microseconds, of 15.6 ticks; the kernel looks at no more of the tables than whether they are there. */
function police({
  rate,
  peakrate,
  tbf,
  pktburst64,
  ...rest
}: Record<string, never> & { tbf: { burst: number } }): object {
  const us = (ticks: number) => Math.round(ticks / 15.625 / 10);
  return {
    ...rest,
    tbf: { ...tbf, burst: us(tbf.burst) },
    tables: [(rate as unknown[] | undefined)?.length, (peakrate as unknown[] | undefined)?.length],
    ...(pktburst64 !== undefined && { pktburst64: us(Number(pktburst64)) }),
  };
}

/** tc sends a switch with `unset`, and of ERSPAN's options also those of the other version. */
function tunnel(options: {
  parms: { tAction: number };
  noCsum?: number;
  opts?: { erspan?: Record<string, number> };
}): object {
  const { noCsum, opts, ...rest } = options;
  const erspan = opts?.erspan;
  const own = erspan?.ver === 1 ? { ver: 1, index: erspan.index } : { ver: 2, dir: erspan?.dir, hwid: erspan?.hwid };
  return {
    ...rest,
    ...(options.parms.tAction === 1 && { noCsum }),
    ...(opts && { opts: erspan ? { erspan: own } : opts }),
  };
}
/** Lines that tc itself gets wrong, or that are refused before they are sent. */
const OTHERWISE: { readonly [command: string]: string } = {
  "nat egress any 198.51.100.7": "tc shifts by 32, and means 0.0.0.0 alone",
  "vlan push id 4095": "no VLAN",
  "police rate 1mbit burst 1k conform-exceed drop/goto": "goto has no chain",
};

describe("tc's words mean the bytes that tc sends", () => {
  const requests = messages.filter(
    ({ from, command }) =>
      from === "user" &&
      /^tc actions (add|replace|change) /.test(command) &&
      !Object.hasOwn(OTHERWISE, command.replace("tc actions add action ", "")),
  );
  test.each(requests.map((m) => [m.command, m] as const))("%s", (command, { payload }) => {
    const words = new Words("actions", split(command).slice(3));
    const specs = parseActions(words, context);
    expect(words.rest()).toEqual([]);
    expect(normal(again(actionsToWire(specs, context)))).toEqual(normal(read(payload).tab!));
  });
  test("there are many", () => expect(requests.length).toBeGreaterThan(90));
});

describe("what the kernel reports can be given again", () => {
  const list = messages
    .filter(({ from, flags }) => from === "kernel" && (flags & 2) !== 0)
    .flatMap(({ payload }) => read(payload).tab ?? [])
    .filter(({ options }) => options !== undefined);
  const seen = new Map<string, number>();
  test.each(
    list.map((message) => {
      const kind = message.kind as ActionKind;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      return [`${kind} ${seen.get(kind)}`, message] as const;
    }),
  )("%s", (_, message) => {
    const action = actionFromWire(message, context);
    const plain = ({ kind, options, cookie, flags, hwStats }: Action) => ({ kind, options, cookie, flags, hwStats });
    const given = (specs: never) => again(actionsToWire(specs, context)).map((m) => plain(actionFromWire(m, context)));
    // A loaded program is reported by its id, and given by a descriptor.
    if (action.kind === "bpf" && "id" in (action.options ?? {})) return;
    expect(given([action] as never)).toEqual([plain(action)]);
    const words = new Words("actions", actionWords([action], context));
    expect(given(parseActions(words, context) as never)).toEqual([plain(action)]);
    expect(action.use).toMatchObject({ references: expect.any(Number), bindings: expect.any(Number) });
  });
  test("there are some of every kind", () => {
    expect([...seen.keys()].sort()).toEqual(Object.keys(actionKinds).sort());
  });
});

describe("lists of filters", () => {
  const filters = captured("tc-action", [RTM.newtfilter])
    .filter(({ from, flags }) => from === "kernel" && (flags & 2) !== 0)
    .map(({ payload }) => decode(filter, payload, "little") as Filter)
    .flatMap((m) => (m.options as { act?: never[] } | undefined)?.act ?? []);
  test("are shown with their order, verdicts and counters", () => {
    const out = new Out();
    showActions(filters, out, { ...context, statistics: true });
    expect(out.text).toMatch(/action order 1: {2}pedit action pipe keys 1/);
    expect(out.text).toContain("Action statistics:\n\tSent ");
  });
});

test("options of actions were sent without NLA_F_NESTED, which mpls, ct, ctinfo and gate refuse", () => {
  const list: ActionSpec[] = [{ kind: "mpls", options: { action: "dec_ttl" } }, { kind: "ct" }, { kind: "gact" }];
  for (const [i, spec] of list.entries()) {
    const bytes = encode(action, { tab: actionsToWire([spec], context) } as never, "little");
    // tcamsg, the list, the item, its kind (to four bytes), and there the options.
    const kind = 4 + (((spec.kind.length + 1 + 3) >> 2) << 2);
    const at = 4 + 4 + 4 + kind;
    expect([i, bytes[at + 2]! | (bytes[at + 3]! << 8)]).toEqual([i, 0x8002]);
  }
});
test("words of ct and gate had the index behind the verdict, where tc takes it for another action's", () => {
  const [ct] = again(actionsToWire([{ kind: "ct", options: { zone: 3, index: 5, control: "drop" } }], context));
  const words = actionWords([actionFromWire(ct!, context)], context);
  expect(words.join(" ")).toBe("action ct zone 3 index 5 drop");
  expect(parseActions(new Words("action", words), context)).toMatchObject([{ options: { index: 5, control: "drop" } }]);
});
test("schedules of gate were sent without NLA_F_NESTED, which it refuses", () => {
  const entries = [{ open: true, interval: "200ms" }];
  const tab = actionsToWire([{ kind: "gate", options: { entries } }], context);
  const bytes = Buffer.from(encode(action, { tab } as never, "little")).toString("hex");
  expect(bytes).toMatch(/..000580..000180/);
});
