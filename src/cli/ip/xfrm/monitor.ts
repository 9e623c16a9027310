/** `nlink ip xfrm monitor` (ip/xfrm_monitor.c). @module */
import { decode } from "../../../codec/schema/engine.ts";
import type { Out } from "../../../codec/tc/show.ts";
import { xfrmMessage } from "../../../codec/xfrm/messages.ts";
import type {
  XfrmAcquireMessage,
  XfrmPolicyExpireMessage,
  XfrmPolicyIdMessage,
  XfrmPolicyMessage,
} from "../../../codec/xfrm/policy.ts";
import type { XfrmExpireMessage, XfrmStateIdMessage, XfrmStateMessage } from "../../../codec/xfrm/state.ts";
import { XFRM, xfrmGroups, xfrmPolicyTypes, xfrmProtocols } from "../../../codec/xfrm/types.ts";
import type { Context } from "../../context.ts";
import { usage } from "../../failure.ts";
import { command, type Options, type Values } from "../../grammar/command.ts";
import { type Heard, listen, timestamp } from "../../listen.ts";
import { hostOf, shown, styleOf } from "./host.ts";
import { policyText, printPolicy } from "./policy-print.ts";
import { hex, type Style, selectorText, wordOf } from "./print.ts";
import { printState } from "./state-print.ts";

const { acquire, expire, sa, policy, aevents, report } = xfrmGroups.values;
const OBJECTS = { acquire, expire, SA: sa, aevent: aevents, policy, report } as const;
type Noun = keyof typeof OBJECTS;

const options = {
  nokeys: { help: "states without their keys" },
  objects: {
    many: true,
    arg: {
      syntax: `{ ${Object.keys(OBJECTS).join(" | ")} | all }`,
      complete: [...Object.keys(OBJECTS), "all"],
      read: (parser): Noun | "all" => {
        const word = parser.next();
        if (word === "all") return word;
        const found = (Object.keys(OBJECTS) as Noun[]).find((name) => name.startsWith(word));
        if (!found) throw usage(`Argument "${word}" is unknown, try "ip xfrm monitor help".`);
        return found;
      },
    },
    help: "only these",
  },
} satisfies Options;

/** What has happened: its name in JSON, and the word before the object. */
const before = (out: Out, event: string, word = ""): void => out.put("event", event, word);

interface Event {
  readonly name: string;
  readonly value: unknown;
}
function show({ name, value }: Event, out: Out, style: Style, nokeys: boolean): void {
  switch (name) {
    case "newsa":
    case "updsa":
      before(out, name, name === "updsa" ? "Updated " : "");
      printState(value as XfrmStateMessage, out, style, nokeys);
      return;
    case "delsa": {
      const { sa, daddr: _, ...rest } = value as XfrmStateIdMessage;
      before(out, name, "Deleted ");
      if (sa) printState({ ...rest, ...sa } as XfrmStateMessage, out, style, nokeys);
      return;
    }
    case "expire": {
      const { state, hard, ...rest } = value as XfrmExpireMessage;
      before(out, name, "Expired ");
      printState({ ...rest, ...state }, out, style, nokeys);
      out.put("hard", hard, `\thard ${hard}\n`);
      return;
    }
    case "newpolicy":
    case "updpolicy":
      before(out, name, name === "updpolicy" ? "Updated " : "");
      printPolicy(value as XfrmPolicyMessage, out, style);
      return;
    case "delpolicy": {
      const { policy: gone, ...rest } = value as XfrmPolicyIdMessage;
      before(out, name, "Deleted ");
      if (gone) printPolicy({ ...rest, ...gone }, out, style);
      return;
    }
    case "polexpire": {
      const { pol, hard, ...rest } = value as XfrmPolicyExpireMessage;
      before(out, name, "Expired ");
      printPolicy({ ...rest, ...pol }, out, style);
      out.put("hard", hard, `\thard ${hard}\n`);
      return;
    }
    case "acquire":
      showAcquire(value as XfrmAcquireMessage, out, style);
      return;
    case "flushsa": {
      const { proto } = value as { proto: number };
      before(out, name, "Flushed state ");
      out.put("proto", wordOf(xfrmProtocols, proto), `proto ${wordOf(xfrmProtocols, proto)}\n`);
      return;
    }
    case "flushpolicy": {
      const { policyType } = value as { policyType?: { type: number } };
      before(out, name, "Flushed policy ");
      const type = policyType && wordOf(xfrmPolicyTypes, policyType.type);
      if (type !== undefined) out.put("type", type, `ptype ${type} `);
      out.say("\n");
      return;
    }
    case "newae":
      showCounters(value as Counters, out, style);
      return;
    default:
      before(out, name, `${name}\n`);
  }
}
function showAcquire(m: XfrmAcquireMessage, out: Out, style: Style): void {
  const { stats } = style;
  const { policy: asked, tmpl } = m;
  const proto = wordOf(xfrmProtocols, m.proto);
  before(out, "acquire", "acquire ");
  out.put("proto", proto, `proto ${proto} `);
  if (stats || m.spi !== 0) out.say(`spi ${hex(m.spi, 8)}${stats ? `(${m.spi})` : ""} `);
  out.put("src", String(m.saddr));
  out.put("dst", String(m.daddr));
  out.put("seq", m.seq);
  out.say(`\n${selectorText(m.sel, "  sel ", style)}`);
  const { policyType, mark, ifId } = m;
  const rest = {
    ...(tmpl && { tmpl }),
    ...(policyType && { policyType }),
    ...(mark && { mark }),
    ...(ifId && { ifId }),
  };
  out.say(policyText({ ...asked, ...rest }, style, "    ", "  policy "));
  const mask = (bits: number) => hex(bits, 8).slice(2);
  if (stats)
    out.say(
      `  seq 0x${String(m.seq).padStart(8, "0")} enc-mask ${mask(m.ealgos)} auth-mask ${mask(m.aalgos)} comp-mask ${mask(m.calgos)}`,
    );
  out.say("\n");
}
interface Counters {
  readonly flags: number;
  readonly saddr: unknown;
  readonly daddr: unknown;
  readonly reqid: number;
  readonly proto: number;
  readonly spi: number;
}
function showCounters(m: Counters, out: Out, { names }: Style): void {
  const why = [[16, " replay update "], [32, " timer expired "], [64, " policy updated "]] as const; // biome-ignore format: a table
  const reasons = why.filter(([bit]) => m.flags & bit).map(([, text]) => text);
  before(out, "newae", `Async event  (${hex(m.flags)}) ${reasons.join("")}\n\t`);
  out.put("src", String(m.saddr), `src ${m.saddr} `);
  out.put("dst", String(m.daddr), `dst ${m.daddr} `);
  out.put("reqid", m.reqid, ` reqid ${hex(m.reqid)}`);
  const proto = names.ipProtocols.name(m.proto);
  out.put("proto", proto, ` protocol ${proto} `);
  out.put("spi", m.spi, ` SPI ${hex(m.spi)}\n`);
}

async function monitor(context: Context, { objects = ["all"], nokeys = false }: Values<typeof options>): Promise<void> {
  const { globals, printer } = context;
  const host = await hostOf(context);
  const style = await styleOf(context, host);
  const { byteOrder } = host.channel.transport;
  const all = objects.includes("all");
  const groups = all ? Object.values(xfrmGroups.values) : [...new Set(objects.map((name) => OBJECTS[name as Noun]))];
  const take = ({ type, payload }: Heard) => {
    const known = xfrmMessage(type, 0);
    if (!known || payload.length < (known.schema.head?.size ?? 0)) return;
    const value = decode(known.schema, payload, byteOrder);
    const time = globals.timestamp || globals.tshort ? timestamp(globals.tshort ?? false) : "";
    printer.event(
      shown(context, (out) => {
        if (time) out.put("timestamp", time.trim(), time);
        show({ name: known.name, value }, out, style, nokeys);
      }),
    );
  };
  await listen(context, { protocol: XFRM, groups, take });
}
export const monitorCommand = command({
  name: "monitor",
  help: "what happens, as it happens",
  options,
  bare: ["objects"],
  run: monitor,
});
