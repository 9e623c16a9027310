/** Events of traffic control that come before its code is there. Each file of tests loads anew. */
import { expect, test } from "vitest";
import { notifications } from "../../src/api/notifications.ts";
import { loadedTc } from "../../src/api/tc/load.ts";
import { link } from "../../src/codec/rtnetlink/link/link.ts";
import { RTM } from "../../src/codec/rtnetlink/types.ts";
import { encode } from "../../src/codec/schema/engine.ts";
import { Connection } from "../../src/index.ts";
import { attribute, bytesOf, doneOf, join, StubTransport, word } from "../support/stub-transport.ts";

const TC = 4;
const text = (s: string) => new TextEncoder().encode(`${s}\0`);
/** struct tcmsg and TCA_KIND: a qdisc at the root of device 2. */
const qdisc = (kind: string, type: number = RTM.newqdisc) =>
  bytesOf({
    type, sequence: 0, portId: 0, payload: join(word(0), word(2), word(0x10000), word(0xffffffff), word(1), attribute(1, text(kind))),
  }); // biome-ignore format: a row
const broken = bytesOf({ type: RTM.newqdisc, sequence: 0, payload: join(new Uint8Array(20), word(0x000100ff)) });

test("they are kept as they came, and decoded in order once it is", async () => {
  const transport = new StubTransport();
  transport.onSend = (requests) => {
    for (const request of requests) {
      const value = { family: 0, type: 1, index: 2, flags: 1, change: 0, ifname: "eth0" };
      transport.queue(
        bytesOf({ type: RTM.newlink, flags: 2, sequence: request.sequence, payload: encode(link, value) }),
      );
      transport.queue(doneOf(request));
    }
  };
  const nl = await Connection.open({ transport });
  const events = nl.events({ tc: true });
  const told = notifications(nl.channel, [TC]);
  expect(loadedTc()).toBeUndefined();
  transport.deliver(qdisc("ingress"), { group: TC });
  transport.deliver(broken, { group: TC });
  transport.deliver(qdisc("htb", RTM.delqdisc), { group: TC });

  const next = async () => (await told.next()).value;
  expect(await next()).toMatchObject({ type: "newqdisc", value: { kind: "ingress", ifindex: 2 } });
  expect(loadedTc()).toBeDefined();
  transport.deliver(qdisc("fq", RTM.newqdisc), { group: TC });
  expect([await next(), await next(), await next()]).toMatchObject([
    { type: "overrun" },
    { type: "delqdisc", value: { kind: "htb" } },
    { type: "newqdisc", value: { kind: "fq" } },
  ]);

  const seen: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    const { value } = await events.next();
    seen.push(value.type === "qdisc" ? `${value.action} ${value.qdisc.kind} on ${value.qdisc.dev}` : value.type);
  }
  // What cannot be read counts as lost, when it is come to.
  expect(seen.filter((one) => one !== "overrun")).toEqual(["new ingress on eth0", "del htb on eth0", "new fq on eth0"]);
  expect(seen).toContain("overrun");
  nl.close();
});
