/** What ids of generic netlink stand for. @module */
import { type Ctrl, ctrlCommands } from "./ctrl.ts";

/** Names of families by their ids, and of groups by theirs: learnt from the controller's messages, or given. */
export class Families {
  readonly #names = new Map<number, string>();
  readonly #groups = new Map<number, string>();

  constructor(known: { readonly [name: string]: number } = {}) {
    for (const name in known) this.#names.set(known[name]!, name);
  }
  nameOf(id: number): string | undefined {
    return this.#names.get(id);
  }
  /** `"nlctrl notify"`: family and group. */
  groupOf(id: number): string | undefined {
    return this.#groups.get(id);
  }
  learn({ cmd, familyId, familyName, mcastGroups }: Ctrl): void {
    if (familyId === undefined || familyName === undefined) return;
    if (cmd === ctrlCommands.values.delfamily) {
      this.#names.delete(familyId);
      return;
    }
    this.#names.set(familyId, familyName);
    for (const { id, name } of mcastGroups ?? [])
      if (id !== undefined && name !== undefined) this.#groups.set(id, `${familyName} ${name}`);
  }
}
