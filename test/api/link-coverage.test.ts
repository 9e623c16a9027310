// Every option of every kind of link is tried in the full kernel (test/vm/links.test.ts), or it says here why not.
import { expect, test } from "vitest";
import { foreignOf, formsOf, readOnlyOf, slaveReadOnly, slaveWriteOnly, writeOnly } from "../../src/api/link-forms.ts";
import { isReadOnly, kindKeys, slaveKeys } from "../../src/api/link-kinds.ts";
import { type LinkKind, linkKinds, type SlaveKind, slaveKinds } from "../../src/codec/rtnetlink/link/info.ts";
import type { Attrs } from "../../src/codec/schema/attrs.ts";
import { unwrap } from "../../src/codec/schema/program.ts";
import { byHand, changes, moduleChanges, moduleRows, rows, slaveRows } from "../vm/link-rows.ts";
import { portShownAs, shownAs, unseenKinds } from "../vm/link-shown.ts";

type Reasons = { readonly [kind: string]: string | { readonly [option: string]: string } };
/** What no row has. */
const untried: Reasons = {
  wwan: "made by the drivers of modems; Debian has no simulated one",
  dsa: "made by the drivers of switches; Debian has no simulated one",
  ipoib: "needs InfiniBand hardware; soft RoCE makes no IPoIB devices",
  caif: "Debian's kernel has no CAIF",
  ovpn: "Linux 6.16",
  pfcp: "not in Debian's kernel",
  virt_wifi: "not in Debian's kernel",
  can: {
    dataBittiming: "the emulated controller (SJA1000) has no CAN FD; the kernel refuses it",
    tdc: "the same",
    termination: "the emulated controller cannot switch its termination; the kernel refuses it",
    fd: "the emulated controller has no CAN FD",
    fdNonIso: "the same",
    tdcAuto: "the same",
    tdcManual: "the same",
    ccLen8Dlc: "the emulated controller's driver does not offer it",
  },
  bridge: { fdbLocalVlan0: "Linux 6.18" },
  geneve: { portRange: "Linux 6.15" },
  vxlan: { reservedBits: "Linux 6.14" },
  erspan: {
    csum: "ERSPAN has no checksums; the kernel refuses them (erspan_validate)",
    icsum: "the same",
    ocsum: "the same",
  },
  ip6erspan: {
    csum: "ERSPAN has no checksums; the kernel refuses them (ip6erspan_tap_validate)",
    icsum: "the same",
    ocsum: "the same",
  },
};
const portsUntried: Reasons = {
  bond: { actorPortPrio: "Linux 6.18" },
};

const fieldsOf = (kind: LinkKind) => Object.keys((unwrap(linkKinds[kind]).codec as Attrs).fields);
const withoutUnit = (option: string) => option.replace(/Ms$/, "");
function reasonFor(reasons: Reasons, kind: string, option: string): string | undefined {
  const found = reasons[kind];
  return typeof found === "object" ? found[option] : found;
}
function tried(kind: string): Set<string> {
  const options = [
    ...[...rows, ...moduleRows].map(([made]) => made),
    ...[...changes, ...moduleChanges].flatMap(([made, change]) => [made, { kind: made.kind, ...change }]),
    ...byHand,
  ];
  return new Set(options.filter((o) => o.kind === kind).flatMap((o) => Object.keys(o).map(withoutUnit)));
}

test("every option of every kind is tried, or there is a reason why not", () => {
  const missed: string[] = [];
  const needless: string[] = [];
  for (const kind of Object.keys(linkKinds) as LinkKind[]) {
    const seen = tried(kind);
    if (!seen.has("kind") && reasonFor(untried, kind, "kind") === undefined && typeof untried[kind] !== "object")
      missed.push(`${kind}: no row at all`);
    for (const option of new Set(kindKeys(kind).map(withoutUnit))) {
      const reason = reasonFor(untried, kind, option);
      if (!seen.has(option) && reason === undefined) missed.push(`${kind}.${option}`);
      if (seen.has(option) && reason !== undefined) needless.push(`${kind}.${option}`);
    }
  }
  expect(missed).toEqual([]);
  expect(needless).toEqual([]);
});

test("every setting of a port is tried, or there is a reason why not", () => {
  const missed: string[] = [];
  for (const kind of Object.keys(slaveKinds) as SlaveKind[]) {
    const seen = new Set(slaveRows.filter(([slave]) => slave.kind === kind).flatMap(([slave]) => Object.keys(slave)));
    const known: readonly string[] = [...slaveReadOnly[kind], ...slaveWriteOnly[kind]];
    for (const option of slaveKeys(kind).map(withoutUnit))
      if (!seen.has(option) && !known.includes(option) && reasonFor(portsUntried, kind, option) === undefined)
        missed.push(`${kind}.${option}`);
  }
  expect(missed).toEqual([]);
});

test("every attribute of a kind stands under an option, in a form, is read only or the peer", () => {
  for (const kind of Object.keys(linkKinds) as LinkKind[]) {
    const formed = formsOf(kind).flatMap((form) => form.fields);
    const keys = kindKeys(kind).map(withoutUnit);
    const lost = fieldsOf(kind).filter((field) => {
      const names = [field, withoutUnit(field), field.replace(/6$/, "")];
      const option = { link: "dev", flags: "kindFlags", group: "remote", group6: "remote" }[field];
      return !(
        names.some((n) => keys.includes(n)) ||
        (option !== undefined && keys.includes(option)) ||
        formed.includes(field) ||
        readOnlyOf(kind).includes(field) ||
        foreignOf(kind).includes(field) ||
        ["peer", "peerInfo"].includes(field)
      );
    });
    expect(lost, kind).toEqual([]);
  }
});

test("the tables of forms, of read-only and of write-only settings name what is there", () => {
  const wrong: string[] = [];
  for (const [kind, names] of Object.entries({ ...writeOnly }) as [LinkKind, readonly string[]][])
    wrong.push(...names.filter((name) => !fieldsOf(kind).includes(name)).map((name) => `${kind}.${name}`));
  for (const kind of Object.keys(linkKinds) as LinkKind[]) {
    const named = [...readOnlyOf(kind), ...foreignOf(kind), ...formsOf(kind).flatMap((form) => form.fields)];
    wrong.push(...named.filter((name) => !fieldsOf(kind).includes(name)).map((name) => `${kind}.${name}`));
    wrong.push(...kindKeys(kind).filter((key) => isReadOnly(kind, key)));
  }
  for (const kind of Object.keys(slaveKinds) as SlaveKind[]) {
    const fields = Object.keys((unwrap(slaveKinds[kind]).codec as Attrs).fields);
    const named = [...slaveReadOnly[kind], ...slaveWriteOnly[kind]] as readonly string[];
    wrong.push(...named.filter((name) => !fields.includes(name)).map((name) => `port of ${kind}: ${name}`));
  }
  expect(wrong).toEqual([]);
});

test("what ip does not show is said of options and kinds that there are", () => {
  for (const kind of Object.keys(unseenKinds)) expect(Object.keys(linkKinds)).toContain(kind);
  for (const [kind, table] of Object.entries(shownAs))
    if (kind !== "*") {
      const known = kindKeys(kind as LinkKind).map(withoutUnit);
      for (const option of Object.keys(table)) expect(known, kind).toContain(withoutUnit(option));
    }
  for (const [kind, table] of Object.entries(portShownAs))
    if (kind !== "*") expect(slaveKeys(kind as SlaveKind)).toEqual(expect.arrayContaining(Object.keys(table)));
});
