import { expectTypeOf, test } from "vitest";
import {
  type Action,
  Connection,
  type FqCodel,
  type Gact,
  type Htb,
  type HtbClass,
  type Netem,
  netem,
  type OtherKind,
  type Qdisc,
  type U32,
} from "../../src/index.ts";

const nl = {} as Connection;

test("the kind of a qdisc, class, filter or action is the type of its options", async () => {
  for (const q of await nl.qdiscs.list()) {
    if (q.kind === "netem") expectTypeOf(q.options).toEqualTypeOf<Netem>();
    else if (q.kind === "htb") expectTypeOf(q.options).toEqualTypeOf<Htb>();
    else if (q.kind === "fq_codel") {
      expectTypeOf(q.options).toEqualTypeOf<FqCodel>();
      expectTypeOf(q.stats.drops).toEqualTypeOf<number>();
    }
    // @ts-expect-error a netem has no r2q
    if (q.kind === "netem") q.options.r2q;
    switch (q.kind) {
      case "netem":
        expectTypeOf(q.options.delayMs).toEqualTypeOf<number | undefined>();
        break;
      case "clsact":
        break;
      default:
        // @ts-expect-error these two are dealt with
        q.kind === "netem";
    }
  }
  for (const c of await nl.classes.list()) {
    if (c.kind === "htb") {
      expectTypeOf(c.options).toEqualTypeOf<HtbClass>();
      expectTypeOf(c.stats?.app?.lends).toEqualTypeOf<number | undefined>();
    } else if (c.kind === "fq_codel") expectTypeOf(c.options).toEqualTypeOf<{}>();
  }
  for (const f of await nl.filters.list()) {
    if (f.kind !== "u32") continue;
    expectTypeOf(f.options).toEqualTypeOf<U32>();
    for (const a of f.options.actions ?? []) if (a.kind === "gact") expectTypeOf(a.options).toEqualTypeOf<Gact>();
  }
  for (const a of await nl.actions.list()) {
    if (a.kind === "gact") expectTypeOf(a.options).toEqualTypeOf<Gact>();
    // @ts-expect-error a gact goes to no device
    if (a.kind === "gact") a.options.dev;
  }
});

test("what has no form here is told apart, and keeps its bytes", () => {
  const qdisc = {} as Qdisc;
  const action = {} as Action;
  const kind: string = qdisc.kind;
  if ((qdisc.kind as string) === "dualpi2") expectTypeOf(kind).toEqualTypeOf<string>();
  expectTypeOf<Extract<Qdisc, { kind: OtherKind }>["options"]>().toEqualTypeOf<Uint8Array | undefined>();
  expectTypeOf<Extract<Action, { kind: OtherKind }>["options"]>().toEqualTypeOf<Uint8Array | undefined>();
  expectTypeOf(action.kind).toExtend<string>();
  expectTypeOf<"netem">().not.toExtend<OtherKind>();
});

test("the example of traffic control", async () => {
  await using nl = await Connection.open();
  await nl.qdiscs.replace("veth0", netem({ delay: "100ms", jitter: "10ms", loss: "1%" }));
  for await (const q of nl.qdiscs.stream({ dev: "veth0" }))
    if (q.kind === "netem") console.log(q.options.lossModel, q.stats.drops);
});
