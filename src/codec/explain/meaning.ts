/** Values in words. @module */
import type { DeviceName } from "../schema/friendly.ts";
import { fromScalar, isQuantity } from "../schema/quantity.ts";
import { nameOf, namesOf, type Scalar } from "../schema/scalar.ts";
import { formatHandle } from "../tc/handle.ts";
import { addressFamilyName } from "../text/address-family.ts";
import { formatPercent } from "../text/percent.ts";
import { exactRate } from "../text/rate.ts";
import { exactSize } from "../text/size.ts";
import { exactTime } from "../text/time.ts";

/** What numbers of some name mean everywhere, and decoded values leave as numbers. */
const byName: { readonly [name: string]: (value: number) => string | undefined } = {
  family: addressFamilyName,
  handle: formatHandle,
  parent: formatHandle,
  classid: formatHandle,
};

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const named = (name: string | undefined, value: number | bigint): string =>
  name === undefined ? String(value) : `${name} (${value})`;

/** A number by what its scalar and its name say. */
export function scalarMeaning(scalar: Scalar, value: number | bigint, name: string, deviceName: DeviceName): string {
  const { meaning, unit } = scalar;
  if (isQuantity(meaning)) {
    const quantity = fromScalar(scalar, value);
    switch (meaning) {
      case "time":
        return exactTime(Math.round(quantity * 1e6));
      case "rate":
        return exactRate(quantity);
      case "size":
        return exactSize(quantity);
      default:
        return formatPercent(quantity);
    }
  }
  switch (meaning) {
    case "enum":
      return named(enumName(scalar, value), value);
    case "flags": {
      if (Number(value) === 0) return "0";
      const { names, rest } = namesOf(scalar.names!, BigInt.asUintN(64, BigInt(value)));
      const words = rest === 0n || names.length === 0 ? names : [...names, hex(rest)];
      return words.length === 0 ? hex(value) : `${words.join(", ")} (${hex(value)})`;
    }
    case "bool":
      return value === 0 ? "no" : value === 1 ? "yes" : `yes (${value})`;
    case "device":
      return named(deviceName(Number(value)), value);
    default: {
      const known = Object.hasOwn(byName, name) ? byName[name]!(Number(value)) : undefined;
      if (known !== undefined) return `${known} (${name === "family" ? value : hex(value)})`;
      return unit === undefined ? String(value) : `${value} ${unit}`;
    }
  }
}
function enumName({ names, bigNames }: Scalar, value: number | bigint): string | undefined {
  if (names) return nameOf(names, value);
  for (const name in bigNames?.values) if (bigNames.values[name] === value) return name;
  return undefined;
}

/** The value of a payload that is neither scalar nor made of others. Bytes say themselves. */
export function payloadMeaning(value: unknown, form: string): string | undefined {
  if (value instanceof Uint8Array) return undefined;
  if (value === true) return "yes";
  if (typeof value !== "string") return String(value);
  return form === "string" || form === "text" || form === "chars" ? JSON.stringify(value) : value;
}

/** What the payload of an attribute without a schema may be: text that ends with a NUL, or a number. */
export function guess(bytes: Uint8Array, view: DataView, at: number, end: number, little: boolean): string | undefined {
  const n = end - at;
  let printable = n > 1 && bytes[end - 1] === 0;
  for (let i = at; printable && i < end - 1; i++) printable = bytes[i]! >= 0x20 && bytes[i]! < 0x7f;
  if (printable) return `perhaps ${JSON.stringify(String.fromCharCode(...bytes.subarray(at, end - 1)))}`;
  const number =
    n === 1
      ? view.getUint8(at)
      : n === 2
        ? view.getUint16(at, little)
        : n === 4
          ? view.getUint32(at, little)
          : undefined;
  return number === undefined ? undefined : `perhaps ${number}`;
}
