// The virtual kernel against the live one: 100,000 routes added in batches, and listed; of the lists the time of the
// processor is told, in the process and, where it is the live one, in the kernel. `unshare -n node bench/virtual.mjs [ROUTES]`, as root;
// without the right to a namespace's routes, the virtual one alone.
import { Connection } from "../dist/index.js";
import { VirtualKernel } from "../dist/transport/virtual/index.js";

const count = Number(process.argv[2] ?? 100_000);
const rounds = 5;
const ms = (from) => Math.round(performance.now() - from);

async function measure(name, nl) {
  await nl.links.set("lo", { up: true });
  const index = 1;
  const start = performance.now();
  for (let at = 0; at < count; at += 1000) {
    const batch = nl.batch();
    for (let i = at; i < Math.min(count, at + 1000); i++)
      batch.add(nl.routes.prepare("add", { dst: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32`, dev: index }));
    const failed = (await batch.send()).find((result) => result instanceof Error);
    if (failed) throw failed;
  }
  const added = ms(start);
  const lists = [];
  for (let i = 0; i < rounds; i++) {
    const before = process.cpuUsage();
    const routes = await nl.routes.list({ family: "inet", table: 254 });
    if (routes.length !== count) throw new Error(`${routes.length} routes`);
    const { user, system } = process.cpuUsage(before);
    lists.push(Math.round((user + system) / 1000));
  }
  lists.sort((a, b) => a - b);
  console.log(
    JSON.stringify({ kernel: name, routes: count, addedMs: added, listCpuMs: lists[rounds >> 1], leastToMost: lists }),
  );
  nl.close();
}

await measure("virtual", await Connection.open({ transport: new VirtualKernel().open() }));
try {
  await measure("live", await Connection.open());
} catch (error) {
  console.log(JSON.stringify({ kernel: "live", skipped: String(error) }));
}
