/** States and policies of IPsec in the words of `ip xfrm`, and as options. @module */
import type { XfrmPolicyOptions } from "../../src/api/xfrm/policy-value.ts";
import type { XfrmStateOptions } from "../../src/api/xfrm/state-value.ts";

export const ends = { src: "10.0.0.1", dst: "10.0.0.2" } as const;
const ends6 = { src: "2001:db8::1", dst: "2001:db8::2" } as const;
export const enc = { name: "cbc(aes)", key: "0x00112233445566778899aabbccddeeff" };
export const auth = { name: "hmac(sha256)", key: "0x0001020304050607" };
const aead = { name: "rfc4106(gcm(aes))", key: "0x00112233445566778899aabbccddeeff00010203", icvBits: 128 };
const ENC = `enc cbc(aes) ${enc.key} auth hmac(sha256) ${auth.key}`;
const AEAD = `aead rfc4106(gcm(aes)) ${aead.key} 128`;
const ENDS = "src 10.0.0.1 dst 10.0.0.2";

/** What we give, and ip's words for the same. */
export const states: readonly (readonly [words: string, given: XfrmStateOptions])[] = [
  [`${ENDS} proto esp spi 0x100 mode tunnel reqid 1 seq 0x9 ${ENC}`, { ...ends, proto: "esp", spi: 0x100, mode: "tunnel", reqid: 1, seq: 9 << 24, enc, auth }],
  [`src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x101 mode transport ${AEAD}`, { ...ends6, proto: "esp", spi: "0x101", aead }],
  [`${ENDS} proto ah spi 0x102 mode transport auth-trunc hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213 96`, { ...ends, proto: "ah", spi: 0x102, auth: { name: "hmac(sha1)", key: "0x000102030405060708090a0b0c0d0e0f10111213", truncBits: 96 } }],
  [`${ENDS} proto comp spi 0x103 mode tunnel comp deflate`, { ...ends, proto: "comp", spi: 0x103, mode: "tunnel", comp: { name: "deflate" } }],
  [`${ENDS} proto esp spi 0x104 mode tunnel replay-window 32 replay-seq 5 replay-oseq 6 ${ENC}`, { ...ends, proto: "esp", spi: 0x104, mode: "tunnel", replayWindow: 32, replaySeq: 5, replayOseq: 6, enc, auth }],
  [`${ENDS} proto esp spi 0x105 mode tunnel replay-window 100 flag esn replay-seq-hi 1 replay-seq 5 replay-oseq-hi 2 replay-oseq 6 ${AEAD}`, { ...ends, proto: "esp", spi: 0x105, mode: "tunnel", replayWindow: 100, flags: ["esn"], replaySeq: 2 ** 32 + 5, replayOseq: 2n ** 33n + 6n, aead }],
  [`${ENDS} proto esp spi 0x106 mode transport encap espinudp 4500 4501 10.0.0.9 ${ENC}`, { ...ends, proto: "esp", spi: 0x106, encap: { type: "espinudp", sport: 4500, dport: 4501, oa: "10.0.0.9" }, enc, auth }],
  [`${ENDS} proto esp spi 0x107 mode tunnel mark 5 mask 0xff output-mark 7 mask 0x0f if_id 42 extra-flag dont-encap-dscp ${ENC}`, { ...ends, proto: "esp", spi: 0x107, mode: "tunnel", mark: { value: 5, mask: 0xff }, outputMark: { value: 7, mask: 15 }, ifId: 42, extraFlags: ["dont-encap-dscp"], enc, auth }],
  [`${ENDS} proto esp spi 0x108 mode tunnel flag noecn decap-dscp nopmtudisc limit byte-soft 1000 limit byte-hard 2000 limit packet-soft 10 limit packet-hard 20 limit time-soft 100 limit time-hard 200 limit time-use-soft 300 limit time-use-hard 400 ${ENC}`, { ...ends, proto: "esp", spi: 0x108, mode: "tunnel", flags: ["noecn", "decap-dscp", "nopmtudisc"], limits: { softBytes: 1000, hardBytes: 2000, softPackets: 10, hardPackets: 20, softSeconds: 100, hardSeconds: 200, softUseSeconds: 300, hardUseSeconds: 400 }, enc, auth }],
  [`${ENDS} proto esp spi 0x10a mode tunnel output-mark 9 tfcpad 100 ${ENC}`, { ...ends, proto: "esp", spi: 0x10a, mode: "tunnel", outputMark: 9, tfcPadBytes: 100, enc, auth }],
  [`${ENDS} proto esp spi 0x109 mode transport sel src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp sport 80 dport 443 dev lo ${ENC}`, { ...ends, proto: "esp", spi: 0x109, selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16", proto: "tcp", sport: 80, dport: 443, dev: "lo" }, enc, auth }],
]; // biome-ignore format: a table
export const policies: readonly (readonly [words: string, given: XfrmPolicyOptions])[] = [
  [`src 10.1.0.0/16 dst 10.2.0.0/16 dir out priority 100 tmpl ${ENDS} proto esp mode tunnel reqid 1`, { dir: "out", selector: { src: "10.1.0.0/16", dst: "10.2.0.0/16" }, priority: 100, templates: [{ ...ends, proto: "esp", mode: "tunnel", reqid: 1 }] }],
  ["src 10.2.0.0/16 dst 10.1.0.0/16 dir in tmpl src 10.0.0.2 dst 10.0.0.1 proto esp spi 0x200 mode tunnel level use tmpl proto ah mode transport", { dir: "in", selector: { src: "10.2.0.0/16", dst: "10.1.0.0/16" }, templates: [{ src: "10.0.0.2", dst: "10.0.0.1", proto: "esp", spi: 0x200, mode: "tunnel", level: "use" }, { proto: "ah" }] }],
  ["src 10.2.0.0/16 dst 10.1.0.0/16 dir fwd action block", { dir: "fwd", selector: { src: "10.2.0.0/16", dst: "10.1.0.0/16" }, action: "block" }],
  ["src 2001:db8:1::/48 dst 2001:db8:2::/48 proto udp sport 500 dport 4500 dir out flag icmp localok tmpl src 2001:db8::1 dst 2001:db8::2 proto esp mode beet", { dir: "out", selector: { src: "2001:db8:1::/48", dst: "2001:db8:2::/48", proto: "udp", sport: 500, dport: 4500 }, flags: ["localok", "icmp"], templates: [{ ...ends6, proto: "esp", mode: "beet" }] }],
  ["src 10.3.0.0/16 dst 10.4.0.0/16 dir out mark 5 mask 0xff if_id 42 index 81 limit byte-soft 1000 limit time-hard 200", { dir: "out", selector: { src: "10.3.0.0/16", dst: "10.4.0.0/16" }, mark: { value: 5, mask: 0xff }, ifId: 42, index: 81, limits: { softBytes: 1000, hardSeconds: 200 } }],
  ["src 10.5.0.0/16 dst 10.6.0.0/16 proto icmp type 8 code 0 dev lo dir out", { dir: "out", selector: { src: "10.5.0.0/16", dst: "10.6.0.0/16", proto: "icmp", type: 8, code: 0, dev: "lo" } }],
  ["src 10.5.0.0/16 dst 10.7.0.0/16 proto gre key 1.2.3.4 dir out", { dir: "out", selector: { src: "10.5.0.0/16", dst: "10.7.0.0/16", proto: "gre", key: 0x01020304 } }],
]; // biome-ignore format: a table
