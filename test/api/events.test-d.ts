import { expectTypeOf, test } from "vitest";
import type {
  Address,
  Connection,
  FdbEntry,
  Link,
  NetworkEvent,
  ObjectEvent,
  Qdisc,
  Route,
  TcClass,
} from "../../src/index.ts";

const nl = {} as Connection;

test("the type of an event is the type of what comes with it", () => {
  const event = {} as NetworkEvent;
  if (event.type === "link") expectTypeOf(event.link).toEqualTypeOf<Link>();
  if (event.type === "address") expectTypeOf(event.address).toEqualTypeOf<Address>();
  if (event.type === "route") {
    expectTypeOf(event.route).toEqualTypeOf<Route>();
    expectTypeOf(event.replace).toEqualTypeOf<true | undefined>();
    expectTypeOf(event.action).toEqualTypeOf<"new" | "del">();
    expectTypeOf(event.netns).toEqualTypeOf<number | undefined>();
  }
  if (event.type === "class") expectTypeOf(event.class).toEqualTypeOf<TcClass>();
  if (event.type === "fdb") expectTypeOf(event.fdb).toEqualTypeOf<FdbEntry>();
  if (event.type === "qdisc") expectTypeOf(event.qdisc).toEqualTypeOf<Qdisc>();
  if (event.type === "overrun") expectTypeOf(event.lost).toEqualTypeOf<number | undefined>();
  if (event.type === "resync") expectTypeOf(event.phase).toEqualTypeOf<"start" | "end">();
  // @ts-expect-error a link's event has no route
  if (event.type === "link") event.route;
});

test("a stream gives what was selected, and what is said of losses", () => {
  expectTypeOf(nl.events({ links: true }).next()).resolves.toExtend<IteratorResult<NetworkEvent<"link">>>();
  expectTypeOf(nl.events({ links: true, routesV4: true, tc: false }).next()).resolves.toExtend<
    IteratorResult<NetworkEvent<"link" | "route">>
  >();
  expectTypeOf<ObjectEvent<"link">["link"]>().toEqualTypeOf<Link>();
  // @ts-expect-error there is no such choice
  nl.events({ nosuch: true });
});

test("a store has the collections that were selected, and objects of their types", async () => {
  const store = await nl.store({ links: true, routesV4: true, rules: false });
  expectTypeOf(store.links.get("eth0")).toEqualTypeOf<Link | undefined>();
  expectTypeOf(store.links.get(3)).toEqualTypeOf<Link | undefined>();
  expectTypeOf(store.routes.get({ dst: "default" })).toEqualTypeOf<Route | undefined>();
  expectTypeOf([...store.routes]).toEqualTypeOf<Route[]>();
  for await (const change of store.links.changes())
    if (change.action === "changed") expectTypeOf(change.previous).toEqualTypeOf<Link>();
    else if (change.action === "removed") expectTypeOf(change.value).toEqualTypeOf<undefined>();
  expectTypeOf(nl.waitFor("addresses", (a) => a.local === "")).resolves.toEqualTypeOf<Address>();
  expectTypeOf(store.waitFor((s) => s.links.get("eth0"))).resolves.toEqualTypeOf<Link>();
  // @ts-expect-error it was not selected
  store.addresses;
  // @ts-expect-error nor this
  store.rules;
  // @ts-expect-error nothing is kept of these
  nl.store({ netconf: true });
  // @ts-expect-error a route has no such field
  store.routes.get({ nosuch: 1 });
});
