import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Xfrm, type XfrmEvent, type XfrmStateOptions } from "../../src/index.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";
const run = promisify(execFile);
const aead = { name: "rfc4106(gcm(aes))", key: "0x00112233445566778899aabbccddeeff00010203", icvBits: 128 };
const [LEFT, RIGHT] = ["192.0.2.1", "192.0.2.2"];

describe.skipIf(why)(`IPsec in the full kernel${why}`, () => {
  let left: Sandbox;
  let right: Sandbox;
  let xfrm: Xfrm;
  let other: Xfrm;
  beforeAll(async () => {
    [left, right] = [await sandbox(), await sandbox()];
    [xfrm, other] = [await Xfrm.open({ netns: left.name }), await Xfrm.open({ netns: right.name })];
    await left.nl.links.add({ kind: "veth", name: "v0", peer: { name: "v0", netns: right.name } });
    await left.nl.addresses.add("v0", `${LEFT}/24`);
    await right.nl.addresses.add("v0", `${RIGHT}/24`);
    for (const box of [left, right]) await box.nl.links.set("v0", { up: true });
  });
  afterAll(() => {
    for (const end of [xfrm, other, left, right]) end?.close();
  });
  beforeEach(async () => {
    for (const side of [xfrm, other]) {
      await side.states.flush();
      await side.policies.flush();
    }
  });

  test("two ends talk through states and policies made here; without one of them nothing passes", async () => {
    const there = { src: LEFT, dst: RIGHT, proto: "esp", spi: 0x1000, mode: "tunnel", reqid: 1, aead } as const;
    const back = { ...there, src: RIGHT, dst: LEFT, spi: 0x2000 } as const;
    for (const side of [xfrm, other]) {
      await side.states.add(there);
      await side.states.add({ ...back, limits: { softPackets: 2, hardPackets: 1000 } });
      for (const { src, dst } of [there, back]) {
        const out = (side === xfrm) === (src === LEFT);
        await side.policies.add({
          dir: out ? "out" : "in",
          selector: { src: `${src}/32`, dst: `${dst}/32`, proto: "icmp" },
          templates: [{ src, dst, proto: "esp", mode: "tunnel", reqid: 1 }],
        });
      }
    }
    const soft: XfrmEvent[] = [];
    const events = xfrm.events({ expiries: true });
    const heard = (async () => {
      for await (const event of events) {
        soft.push(event);
        break;
      }
    })();
    expect(left.exec("ping", "-c", "3", "-i", "0.2", "-W", "5", RIGHT)).toContain("3 received");
    const [sent, received] = await Promise.all(
      ([[xfrm, there], [other, back]] as const).map(([side, { dst, spi }]) => side.states.get({ dst, proto: "esp", spi })),
    ); // biome-ignore format: a table
    for (const state of [sent!, received!]) {
      expect(state.lifetime.packets).toBe(3);
      expect(state.lifetime.bytes).toBe(3 * 84);
      expect(state.lifetime.usedSeconds).toBeGreaterThan(1_600_000_000);
      expect(state.replayOseq).toBe(3);
    }
    await heard;
    expect(soft[0]).toMatchObject({ type: "expire", hard: false, state: { spi: 0x2000, limits: { softPackets: 2 } } });

    await other.states.remove({ dst: RIGHT, proto: "esp", spi: 0x1000 });
    expect(() => left.exec("ping", "-c", "1", "-W", "1", RIGHT)).toThrow();
  });

  test("a packet waits for a state, and goes on when it is made", async () => {
    const id = { src: LEFT, dst: RIGHT, proto: "esp", mode: "transport" } as const;
    await xfrm.policies.add({
      dir: "out",
      selector: { dst: `${RIGHT}/32` },
      templates: [{ proto: "esp", mode: "transport", reqid: 9 }],
    });
    const events = xfrm.events({ acquires: true });
    const answered = (async () => {
      for await (const event of events) {
        if (event.type !== "acquire") continue;
        expect(event).toMatchObject({ src: LEFT, dst: RIGHT, proto: "esp" });
        await xfrm.states.add({ ...id, spi: 0x77, reqid: 9, seq: event.seq, aead });
        return;
      }
    })();
    // Nobody understands it there.
    await run("ip", ["netns", "exec", left.name, "ping", "-c", "3", "-i", "0.3", "-W", "1", RIGHT]).catch(() => {});
    await answered;
    expect((await xfrm.states.get({ dst: RIGHT, proto: "esp", spi: 0x77 })).lifetime.packets).toBeGreaterThan(0);
  });

  const esp = { src: LEFT, dst: RIGHT, proto: "esp", spi: 5, mode: "tunnel", aead } as const;
  const encap = { type: "espinudp", sport: 4500, dport: 4500 } as const;
  test.each<[string, XfrmStateOptions]>([
    ["which way", { ...esp, dir: "out" }],
    ["which way, in", { ...esp, dir: "in", replayWindow: 8 }],
    ["a NAT that is kept open", { ...esp, encap, dir: "out", natKeepaliveSeconds: 20 }],
    ["a NAT's changes, not too often", { ...esp, encap, dir: "in", mappingMaxAgeSeconds: 60 }],
    ["padding of traffic", { ...esp, tfcPadBytes: 100 }],
    ["an interface and marks", { ...esp, ifId: 7, mark: 5, outputMark: { value: 1, mask: 3 } }],
  ])("newer than ip 6.1, read as given and given as read: %s", async (_, given) => {
    await xfrm.states.add(given);
    const [read] = await xfrm.states.list();
    expect(read).toMatchObject(given);
    await xfrm.states.flush();
    await xfrm.states.add(read as XfrmStateOptions);
    const [again] = await xfrm.states.list();
    const known = ({ lifetime: _, message: __, ...rest }: object & { lifetime?: unknown; message?: unknown }) => rest;
    expect(known(again!)).toEqual(known(read!));
  });
});
