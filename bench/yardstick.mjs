// Our side of the yardstick, on the built package and through its public API. Gets a workload's letter and its parameters, and
// prints one line of JSON last: see bench/README.md for the convention and the figures.
import { readFileSync } from "node:fs";
import process from "node:process";

const [workload, a1, a2, a3] = process.argv.slice(2);
const say = (o) => console.log(JSON.stringify(o));
const last = (address) => Number(address.slice(address.lastIndexOf(".") + 1));

async function timed(reps, work, check) {
  const ms = [];
  let got;
  for (let i = 0; i < reps; i++) {
    const start = performance.now();
    got = await work();
    ms.push(performance.now() - start);
  }
  const first = ms[0];
  ms.sort((x, y) => x - y);
  say({ n: got.length, ms: ms[ms.length >> 1], first, check: check(got) });
}
const checkRoutes = (routes) =>
  routes.reduce(
    (sum, r) => sum + (r.gateway && (r.tableId ?? r.table) === 254 ? r.priority + last(r.gateway) + last(r.dst) : 0),
    0,
  );

if (workload === "F") {
  const { decoder, eachMessage, pick, route } = await import("../dist/codec/index.js");
  const file = new Uint8Array(readFileSync(a1));
  const decode = decoder(pick(route, "dst", "dstLen", "gateway", "oif", "tableId", "priority"));
  await timed(
    Number(a2),
    () => {
      const out = [];
      eachMessage(file, (type, src, at, end) => {
        if (type === 24) out.push(decode(src, at, end));
      });
      return out;
    },
    checkRoutes,
  );
} else if (workload === "G") {
  const { beginMessage, encoder, endMessage, route, Writer } = await import("../dist/codec/index.js");
  const list = routes(Number(a1), 3);
  const encode = encoder(route);
  const w = new Writer();
  let bytes = 0;
  await timed(
    Number(a2),
    () => {
      w.reset();
      for (let i = 0; i < list.length; i++) {
        const at = beginMessage(w, { type: 24, flags: 0x605, sequence: i + 1 });
        encode(w, list[i]);
        endMessage(w, at);
      }
      bytes = w.length;
      return list;
    },
    () => bytes,
  );
} else {
  const { Connection } = await import("../dist/index.js");
  if (workload === "A" || workload === "list") {
    const nl = await Connection.open();
    if (workload === "A") {
      const { pick, route } = await import("../dist/codec/index.js");
      const some = pick(route, "dst", "dstLen", "gateway", "oif", "tableId", "priority");
      await timed(Number(a2), () => nl.dump({ type: 26, schema: route, value: { family: 2 } }, some), checkRoutes);
    }
    // The plain list, in the user's terms.
    else
      await timed(
        Number(a2),
        () => nl.routes.list({ family: "inet" }),
        (all) =>
          all.reduce(
            (sum, r) => sum + (r.via && r.table === 254 ? r.metric + last(r.via) + last(r.dst.split("/")[0]) : 0),
            0,
          ),
      );
    nl.close();
  } else if (workload === "B") {
    const { link, pick } = await import("../dist/codec/index.js");
    const nl = await Connection.open();
    const some = pick(link, "ifname", "index", "mtu", "flags", "address", "operstate", "stats64");
    await timed(
      Number(a2),
      () => nl.dump({ type: 18, schema: link, value: {} }, some),
      (all) => all.reduce((sum, l) => sum + l.mtu + l.ifname.length, 0),
    );
    nl.close();
  } else if (workload === "D") {
    const nl = await Connection.open();
    const { index } = await nl.links.get(a3);
    const list = Array.from({ length: Number(a1) }, (_, i) => ({
      dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`,
      via: `192.168.77.${2 + (i % 16)}`,
      dev: index,
      metric: 100 + (i % 4) * 10,
    }));
    const start = performance.now();
    if (a2 === "one") for (const route of list) await nl.routes.add(route);
    else {
      const batch = nl.batch();
      for (const route of list) batch.add(nl.routes.prepare("add", route));
      const failed = (await batch.send()).find((e) => e !== undefined);
      if (failed) throw failed;
    }
    say({ n: list.length, ms: performance.now() - start });
    nl.close();
  } else if (workload === "E") {
    await listen(Number(a1) || undefined);
  } else if (workload === "H") {
    const nl = await Connection.open();
    say({ n: (await nl.links.list()).length });
    nl.close();
  } else if (workload === "netns") {
    // Opens a connection in a namespace by its name, lists the links there, closes it.
    await timed(
      Number(a2),
      async () => {
        const nl = await Connection.open({ netns: a1 });
        const links = await nl.links.list();
        nl.close();
        return links;
      },
      (links) => links.length,
    );
  } else if (workload === "C") {
    const { SockDiag } = await import("../dist/index.js");
    const { inetRequest, inetSockets, lazily, pick } = await import("../dist/codec/index.js");
    const diag = await SockDiag.open();
    const some = pick(lazily(inetSockets.tcp, "info"), "sport", "dport", "info");
    const message = { type: 20, schema: inetRequest, value: { family: 2, protocol: 6, ext: 2, states: 2 } };
    await timed(
      Number(a2),
      () => diag.dump(message, some),
      (all) => all.reduce((sum, s) => sum + s.sport + s.dport + s.info.sndCwnd, 0),
    );
    diag.close();
  } else say({ n: 0 });
}

// A function: V8 does not optimize a loop in a module's own code.
async function listen(receiveBufferSize) {
  const { Connection } = await import("../dist/index.js");
  const nl = await Connection.open();
  const events = nl.events({ links: true, routes: true }, { receiveBufferSize });
  const latencies = [];
  const r = { n: 0, burst: 0, lost: 0, k: 0 };
  let b0, b1, u0, u1;
  const cpu = process.cpuUsage();
  process.stdout.write("READY\n");
  for await (const event of events) {
    if (event.type === "overrun") r.lost++;
    if (event.type !== "route" || event.action !== "new" || event.route.family !== "inet") continue;
    const now = performance.now();
    const metric = event.route.metric ?? 0;
    if (metric === 0xffffffff) break;
    if (metric >= 2 ** 31) {
      r.k++;
      latencies.push((Number((process.hrtime.bigint() / 1000n) % 0x80000000n) - (metric - 2 ** 31)) & 0x7fffffff);
    } else if (metric >= 100 && metric < 200) {
      if (r.n++ === 0) b0 = now;
      b1 = now;
    } else if (metric === 200) {
      if (r.burst++ === 0) u0 = now;
      u1 = now;
    }
  }
  const used = process.cpuUsage(cpu);
  latencies.sort((x, y) => x - y);
  say({
    ...r,
    ms: b1 - b0,
    burst_ms: u1 - u0,
    cpu_ms: (used.user + used.system) / 1e3,
    p50: latencies[latencies.length >> 1],
    p99: latencies[Math.floor(latencies.length * 0.99)],
  });
  nl.close();
}

function routes(n, oif) {
  return Array.from({ length: n }, (_, i) => ({
    family: 2,
    dstLen: 32,
    table: 254,
    protocol: 4,
    scope: 0,
    type: 1,
    dst: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    gateway: `192.168.77.${2 + (i % 16)}`,
    oif,
    priority: 100 + (i % 4) * 10,
  }));
}
