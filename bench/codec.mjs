// What decoding and encoding take a message, by noun, over the kernel messages in fixtures/ and through the built package:
//   npm run build && node bench/codec.mjs [NOUN…] [--reps N]
// Each message of a noun goes through in turn, so that its shapes are as mixed as they come. ns are medians over the repetitions.
import { readFileSync } from "node:fs";
import process from "node:process";

const { CodecError, decoder, encoder, inetSockets, lazily, pick, rtnetlinkMessages, source, Writer } = await import(
  "../dist/codec/index.js"
);
const args = process.argv.slice(2);
const flag = args.indexOf("--reps");
const reps = flag < 0 ? 15 : Number(args.splice(flag, 2)[1]);
const MESSAGES = 20_000; // at least, a repetition

const nouns = {
  link: ["link", 16],
  "link, chosen": [
    "link",
    16,
    (set) => pick(set, "ifname", "index", "mtu", "flags", "address", "operstate", "stats64"),
  ],
  address: ["address", 20],
  route: ["route", 24],
  "route, chosen": ["route", 24, (set) => pick(set, "dst", "dstLen", "gateway", "oif", "tableId", "priority")],
  neighbor: ["neighbor", 28],
  rule: ["rule", 32],
  nexthop: ["nexthop", 104],
  mdb: ["mdb", 84],
  qdisc: ["tc", 36],
  class: ["tc", 40],
  filter: ["tc", 44],
  "tcp socket": ["sockdiag", 20, () => inetSockets.tcp],
  "tcp socket, info a view": ["sockdiag", 20, () => lazily(inetSockets.tcp, "info")],
};

/** The kernel's messages of a type, back to back as in a dump, and where each one's payload stands. */
function messages(file, type) {
  const rows = JSON.parse(readFileSync(new URL(`../fixtures/${file}.json`, import.meta.url), "utf8"));
  const found = rows
    .filter(({ from, protocol }) => from === "kernel" && protocol === (file === "sockdiag" ? 4 : 0))
    .map(({ hex }) => Buffer.from(hex, "hex"))
    .filter((bytes) => bytes.readUInt16LE(4) === type && (type !== 20 || file !== "sockdiag" || bytes[16] === 2));
  const bytes = new Uint8Array(Buffer.concat(found));
  let at = 0;
  const places = found.map((message) => {
    const place = [at + 16, at + message.readUInt32LE(0)];
    at += message.length;
    return place;
  });
  return { src: source(bytes), places };
}

function median(work) {
  const ns = Array.from({ length: reps }, () => {
    const start = performance.now();
    const n = work();
    return ((performance.now() - start) * 1e6) / n;
  });
  return ns.sort((a, b) => a - b)[reps >> 1];
}

console.log(`${"".padEnd(26)}messages    bytes   decode   encode   ns a message`);
for (const [noun, [file, type, choose]] of Object.entries(nouns)) {
  if (args.length > 0 && !args.includes(noun)) continue;
  const set = choose ? choose(rtnetlinkMessages[type]?.schema) : rtnetlinkMessages[type].schema;
  const { src, places } = messages(file, type);
  const decode = decoder(set, "little");
  const rounds = Math.ceil(MESSAGES / places.length);
  const decoded = median(() => {
    for (let k = 0; k < rounds; k++) for (const [at, end] of places) decode(src, at, end);
    return rounds * places.length;
  });
  let encoded = "-";
  try {
    const values = places.map(([at, end]) => decode(src, at, end));
    const encode = encoder(set, "little", { canonical: true });
    const w = new Writer("little");
    encode(w, values[0]);
    encoded = median(() => {
      for (let k = 0; k < rounds; k++) {
        w.reset();
        for (const value of values) encode(w, value);
      }
      return rounds * values.length;
    }).toFixed(0);
  } catch (e) {
    if (!(e instanceof CodecError)) throw e; // what pick made only decodes
  }
  const mean = places.reduce((sum, [at, end]) => sum + end - at, 0) / places.length;
  console.log(
    `${noun.padEnd(26)}${String(places.length).padStart(8)}${mean.toFixed(0).padStart(9)}${decoded.toFixed(0).padStart(9)}${encoded.padStart(9)}`,
  );
}
