// Traffic control against C on libmnl (bench/tc.c), as root: npm run build && unshare -n node bench/tc.mjs [--rounds N]
// 10,000 htb classes with their statistics and 10,000 u32 filters are made in the namespace, dumped and recorded; 10,000 flower filters are
// made of one that the kernel sent (fixtures/), as not every kernel has flower. Each side decodes the recorded bytes to objects of all their
// fields, in processes of their own and in turn; then each adds 10,000 u32 filters. The ratio is the median of the ratios of the rounds.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const { beginMessage, decode, decoder, eachMessage, encodeTo, endMessage, filter, pick, tclass, Writer } = await import(
  "../dist/codec/index.js"
);
const { Connection, htb, htbClass, u32Filter } = await import("../dist/index.js");
const COUNT = 10_000;
const REPS = 40;
const HEAD = ["ifindex", "handle", "parent", "info"];
const RTM = { tclass: 40, filter: 44 };
const self = fileURLToPath(import.meta.url);
const [what, ...rest] = process.argv.slice(2);

if (what === "add") await add(...rest.map(Number));
else if (["htb", "u32", "flower"].includes(what)) time(what, rest[0], Number(rest[1]));
else if (what === "list") await list(rest[0], Number(rest[1]));
else if (what === "record") await prepare(rest[0]);
else await compare();

/** A message's fields that both sides add up: none may be left out. */
function checkOf(kind, m) {
  const { handle, options } = m;
  if (kind === "htb") return handle + options.parms.rate.rate + options.parms.buffer + m.stats2.basic.packets + m.stats2.queue.drops; // biome-ignore format: one sum
  if (kind === "u32") return handle + options.classid + options.sel.keys[0].val;
  const dst = options.keyIpv4Dst.split(".").reduce((all, byte) => all * 256 + Number(byte), 0);
  return handle + options.classid + dst + options.keyTcpDst;
}
function median(list) {
  return list.sort((a, b) => a - b)[list.length >> 1];
}

function time(kind, file, reps) {
  const bytes = new Uint8Array(readFileSync(file));
  const read = decoder(kind === "htb" ? pick(tclass, ...HEAD, "kind", "options", "stats2") : pick(filter, ...HEAD, "kind", "chain", "options")); // biome-ignore format: one expression
  const ms = [];
  let found;
  for (let i = 0; i < reps; i++) {
    const start = performance.now();
    found = [];
    eachMessage(bytes, (_type, src, at, end) => {
      found.push(read(src, at, end));
    });
    ms.push(performance.now() - start);
  }
  const check = found.reduce((sum, m) => sum + checkOf(kind, m), 0);
  const [first] = ms;
  console.log(JSON.stringify({ n: found.length, ms: median(ms), first, check }));
}
/** The same in the user's terms, from the kernel. */
async function list(facet, reps) {
  const nl = await Connection.open();
  const ms = [];
  let n = 0;
  for (let i = 0; i < reps; i++) {
    const start = performance.now();
    n = (await nl[facet].list({ dev: "tc0" })).length;
    ms.push(performance.now() - start);
  }
  console.log(JSON.stringify({ n, ms: median(ms) }));
  nl.close();
}
function requests(nl, count, index) {
  const batch = nl.batch();
  for (let i = 0; i < count; i++) {
    const table = Math.floor(i / 4000);
    const dst = `10.0.${i >> 8}.${i & 255}`;
    const place = { parent: "1:", protocol: "ip", priority: 1 + table, handle: 0x80000001 + table * 0x100000 + (i % 4000) }; // biome-ignore format: one line
    batch.add(nl.filters.prepare("add", index, u32Filter({ match: [{ ip: { dst } }], classid: "1:10" }), place));
  }
  return batch;
}
async function add(count, index, reps) {
  const nl = await Connection.open();
  const ms = [];
  for (let i = 0; i < reps; i++) {
    await nl.filters.flush(index, { parent: "1:" });
    const start = performance.now();
    const failed = (await requests(nl, count, index).send()).find((e) => e !== undefined);
    if (failed) throw failed;
    ms.push(performance.now() - start);
  }
  const [first] = ms;
  console.log(JSON.stringify({ n: count, ms: median(ms), first }));
  nl.close();
}

async function compare() {
  const flag = process.argv.indexOf("--rounds");
  const rounds = flag < 0 ? 5 : Number(process.argv[flag + 1]);
  const directory = mkdtempSync(join(tmpdir(), "nlink-tc-"));
  try {
    const c = join(directory, "tc");
    execFileSync("cc", ["-O2", "-o", c, join(self, "../tc.c"), "-lmnl"], { stdio: "inherit" });
    const index = await prepare(directory);
    const run = (...command) => JSON.parse(execFileSync(command[0], command.slice(1), { encoding: "utf8" }));
    const row = (name, ours, theirs) => {
      const [all, ratios, firsts] = [[[], []], [], []];
      for (let i = 0; i < rounds; i++) {
        const their = run(c, ...theirs);
        const our = run(process.execPath, self, ...ours);
        if (their.n !== our.n || their.check !== our.check) throw new Error(`${name}: ${JSON.stringify([their, our])}`);
        all[0].push(their.ms);
        all[1].push(our.ms);
        ratios.push(our.ms / their.ms);
        firsts.push(our.first / their.first);
      }
      const [libmnl, nlink] = all.map((list) => median(list).toFixed(2));
      console.log(
        `${name.padEnd(24)} libmnl ${libmnl} ms, nlink ${nlink} ms: ${median(ratios).toFixed(2)}, first ${median(firsts).toFixed(2)}`,
      );
    };
    for (const kind of ["htb", "u32", "flower"])
      row(`decode ${kind}`, [kind, join(directory, kind), REPS], [kind, join(directory, kind), REPS]);
    row("add u32, batched", ["add", COUNT, index, 5], ["add", COUNT, index, 5]);
    for (const facet of ["classes", "filters"])
      console.log(`nl.${facet}.list()`.padEnd(24), `${run(process.execPath, self, "list", facet, 7).ms.toFixed(2)} ms`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
/** The namespace's objects, and the files of recorded messages. */
async function prepare(directory) {
  const nl = await Connection.open();
  await nl.links.add({ kind: "veth", name: "tc0", peer: { name: "tc1" } });
  const { index } = await nl.links.get("tc0");
  await nl.qdiscs.add("tc0", htb({ default: "10" }), { handle: "1:" });
  const batch = nl.batch();
  for (let i = 0; i < COUNT; i++)
    batch.add(nl.classes.prepare("add", index, htbClass({ rateBytesPerSecond: 10_000 + i, ceil: "100mbit", quantumBytes: 2000 }), { parent: "1:", handle: 0x10010 + i })); // biome-ignore format: one line
  for (const requests_ of [batch, requests(nl, COUNT, index)]) {
    const failed = (await requests_.send()).find((e) => e !== undefined);
    if (failed) throw failed;
  }
  const record = async (file, type, schema, value) => {
    const parts = [];
    await nl.channel.dump({ type: type + 2, schema, value }, (_type, src, at, end) => {
      const head = new Uint8Array(16);
      const view = new DataView(head.buffer);
      view.setUint32(0, 16 + end - at, true);
      view.setUint16(4, type, true);
      parts.push(head, src.bytes.slice(at, end));
    });
    // Only the rules: tables and priorities are told of as well.
    const messages = [];
    for (let i = 0; i < parts.length; i += 2) {
      const payload = parts[i + 1];
      const options = type === RTM.filter ? decode(filter, payload).options : undefined;
      if (type === RTM.tclass || options?.sel) messages.push(parts[i], payload);
    }
    writeFileSync(join(directory, file), Buffer.concat(messages));
  };
  await record("htb", RTM.tclass, tclass, { ifindex: index });
  await record("u32", RTM.filter, filter, { ifindex: index, parent: 0x10000 });
  writeFileSync(join(directory, "flower"), flowers());
  nl.close();
  return index;
}
function flowers() {
  const rows = JSON.parse(readFileSync(new URL("../fixtures/tc-filter.json", import.meta.url), "utf8"));
  const captured = rows
    .filter(({ from, hex }) => from === "kernel" && Buffer.from(hex, "hex").readUInt16LE(4) === RTM.filter)
    .map(({ hex }) => decode(filter, new Uint8Array(Buffer.from(hex, "hex").subarray(16))))
    .find(({ kind, options }) => kind === "flower" && options?.keyTcpDst && options.classid);
  const w = new Writer();
  for (let i = 0; i < COUNT; i++) {
    const at = beginMessage(w, { type: RTM.filter });
    const options = { ...captured.options, keyIpv4Dst: `192.0.${i >> 8}.${i & 255}`, classid: 0x10010 + i };
    encodeTo(w, filter, { ...captured, handle: i + 1, options });
    endMessage(w, at);
  }
  return w.take();
}
