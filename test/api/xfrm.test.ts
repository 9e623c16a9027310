import { describe, expect, test } from "vitest";
import { policyValue, type XfrmPolicyOptions } from "../../src/api/xfrm/policy-value.ts";
import { readState, stateValue, type XfrmStateOptions } from "../../src/api/xfrm/state-value.ts";
import { Xfrm } from "../../src/api/xfrm/xfrm.ts";
import { decode, encode } from "../../src/codec/schema/engine.ts";
import { xfrmState } from "../../src/codec/xfrm/state.ts";
import { silentTransport } from "../support/silent.ts";

const ends = { src: "10.0.0.1", dst: "10.0.0.2", proto: "esp", spi: 1 } as const;
const index = () => 7;

describe("what cannot be a state", () => {
  test.each<[object, string]>([
    [{}, "state.dst: is missing"],
    [{ dst: "10.0.0.2" }, "state.proto: is missing"],
    [{ dst: "10.0.0.2", proto: "esp" }, "state.src: is missing"],
    [{ ...ends, proto: "tcp" }, 'state.proto: "tcp" is not one of esp, ah, comp'],
    [{ ...ends, dst: "10.0.0" }, 'state.dst: "10.0.0" is not an IP address'],
    [{ ...ends, src: "2001:db8::1" }, "state: src and dst are of different families"],
    [{ ...ends, spi: "0xx" }, 'state.spi: "0xx" is not an integer from 0 to 4294967295'],
    [{ ...ends, mode: "tunel" }, 'state.mode: "tunel" is not one of transport, tunnel'],
    [{ ...ends, enc: { name: "cbc(aes)", key: "secret" } }, 'state.enc.key: is not a key such as "0x0011…", or bytes'],
    [{ ...ends, enc: { name: "", key: "0x00" } }, 'state.enc.name: "" names no algorithm'],
    [{ ...ends, enc: { name: "x", kee: "0x00" } }, "state.enc.kee: there is no such option"],
    [{ ...ends, aead: { name: "a", key: "0x00", icvBits: 128 }, enc: { name: "b", key: "0x" } }, "state.aead: is encryption and authentication in one"],
    [{ ...ends, aead: { name: "a", key: "0x00" } }, "state.aead.icvBits: undefined is not an integer"],
    [{ ...ends, flags: "esn" }, 'state.flags: "esn" is not an array of names'],
    [{ ...ends, flags: ["esn"] }, "state.replayWindow: is missing: the flag esn needs one"],
    [{ ...ends, replayWindow: 5000 }, "state.replayWindow: 5000 is not an integer from 0 to 4096"],
    [{ ...ends, replaySeq: 2 ** 32 }, "state.replaySeq: 4294967296 is not an integer of 32 bits"],
    [{ ...ends, encap: { type: "udp", sport: 1, dport: 2 } }, 'state.encap.type: "udp" is not one of'],
    [{ ...ends, encap: { type: "espinudp", sport: 1, dport: 2, oa: "::1" } }, "state.encap.oa: is of another family than dst"],
    [{ ...ends, limits: { hardBytes: -1 } }, "state.limits.hardBytes: -1 is not an integer"],
    [{ ...ends, limits: { bytes: 1 } }, "state.limits.bytes: there is no such option"],
    [{ ...ends, mark: "5" }, 'state.mark: "5" is not a number, or { value, mask }'],
    [{ ...ends, selector: { sport: 80 } }, "state.selector.sport: needs a proto that has ports"],
    [{ ...ends, selector: { proto: "tcp", type: 8 } }, "state.selector.type: is of icmp and icmpv6, which proto says"],
    [{ ...ends, selector: { src: "10.0.0.1/8" } }, "state.selector.src: 10.0.0.1/8 has host bits set"],
    [{ ...ends, selectr: {} }, "state.selectr: there is no such option"],
  ])("%j", (options, message) => {
    expect(() => stateValue("state", options as XfrmStateOptions, index)).toThrow(message);
  }); // biome-ignore format: a table
});

test("a state with everything comes through the wire as it was given", () => {
  const given: XfrmStateOptions = {
    ...ends,
    mode: "beet",
    reqid: 5,
    seq: 6,
    flags: ["noecn", "esn"],
    extraFlags: ["oseq-may-wrap"],
    selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16", proto: "gre", key: 0xdeadbeef, dev: 7, uid: 1000 },
    enc: { name: "cbc(aes)", key: "0x0011" },
    auth: { name: "hmac(sha256)", key: "0x22", truncBits: 128 },
    comp: { name: "deflate" },
    replayWindow: 4096,
    replaySeq: 2 ** 40,
    replayOseq: 2n ** 60n,
    encap: { type: "espintcp", sport: 1, dport: 2, oa: "192.0.2.9" },
    mark: { value: 1, mask: 3 },
    outputMark: 9,
    ifId: 10,
    tfcPadBytes: 11,
    coa: "192.0.2.10",
    limits: { softBytes: 1, hardBytes: 2, softPackets: 3, hardPackets: 4, softSeconds: 5, hardSeconds: 6, softUseSeconds: 7, hardUseSeconds: 8 },
    offload: { dev: 7, dir: "in", packet: true },
    dir: "in",
    mappingMaxAgeSeconds: 12,
    natKeepaliveSeconds: 13,
  }; // biome-ignore format: a table
  const wire = encode(xfrmState, stateValue("state", given, index) as never, "big");
  const read = readState(decode(xfrmState, wire, "big"), () => undefined);
  expect(read).toMatchObject(given);
  expect(stateValue("state", read as XfrmStateOptions, index)).toEqual(stateValue("state", given, index));
});

describe("what cannot be a policy", () => {
  test.each<[object, string]>([
    [{}, "policy.dir: is missing"],
    [{ dir: "up" }, 'policy.dir: "up" is not one of in, out, fwd'],
    [{ dir: "in", action: "drop" }, 'policy.action: "drop" is not one of allow, block'],
    [{ dir: "in", templates: {} }, "policy.templates: is not an array"],
    [{ dir: "in", templates: [{}] }, "policy.templates[0].proto: is missing"],
    [{ dir: "in", templates: [{ proto: "esp", level: "maybe" }] }, 'policy.templates[0].level: "maybe" is not one of required, use'],
    [{ dir: "in", templates: [{ proto: "esp", src: "10.0.0.1", dst: "::1" }] }, "policy.templates[0]: src and dst are of different families"],
    [{ dir: "in", selector: { src: "10.0.0.0/8", dst: "::/0" } }, "policy.selector: src and dst are of different families"],
    [{ dir: "in", index: -1 }, "policy.index: -1 is not an integer"],
    [{ dir: "in", type: "third" }, 'policy.type: "third" is not one of main, sub, any'],
  ])("%j", (options, message) => {
    expect(() => policyValue("policy", options as XfrmPolicyOptions, index)).toThrow(message);
  }); // biome-ignore format: a table
});

test("without rtnetlink beside it a device by name is refused, and nothing is sent", async () => {
  const sent: Uint8Array[] = [];
  const transport = { ...silentTransport, protocol: 6, send: (datagram: Uint8Array) => void sent.push(datagram) };
  await using xfrm = await Xfrm.open({ transport });
  await expect(xfrm.states.add({ ...ends, selector: { dev: "eth0" } })).rejects.toThrow(
    'dev: "eth0" is a name: without a routeTransport devices are known by index',
  );
  expect(sent).toEqual([]);
  await expect(Xfrm.open({ transprt: transport } as never)).rejects.toThrow("xfrm.transprt: there is no such option");
});
