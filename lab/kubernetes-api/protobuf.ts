import type { Fields } from './record.ts';
import { badRequest } from './status.ts';

/** How the value of a field is written, and under which name it is in JSON. */
type Field = { readonly name: string; readonly as: Kind; readonly repeated?: true };
type Kind = 'text' | 'number' | 'pair' | 'intOrPercent' | Message;
/** The fields of a message by their numbers; what is not named is passed over. */
export type Message = { readonly [field: number]: Field };

const magic = Buffer.from('k8s\0');
const typeMeta: Message = {
  1: { name: 'apiVersion', as: 'text' },
  2: { name: 'kind', as: 'text' },
};
const intOrPercent: Message = {
  1: { name: 'type', as: 'number' },
  2: { name: 'intVal', as: 'number' },
  3: { name: 'strVal', as: 'text' },
};
const pair: Message = { 1: { name: 'key', as: 'text' }, 2: { name: 'value', as: 'text' } };

/**
 * Reads an object as `application/vnd.kubernetes.protobuf`: four bytes of magic, then an envelope (runtime.Unknown) with the kind and the object.
 * Undefined for a kind without a message among those given. Throws BadRequest.
 */
export function decodeObject(
  body: Buffer,
  messages: Readonly<Record<string, Message>>,
): Fields | undefined {
  if (!body.subarray(0, magic.length).equals(magic)) throw malformed();
  const envelope = readFields(body.subarray(magic.length));
  const [type, raw] = [1, 2].map((number) => envelope.find((field) => field.number === number));
  if (!Buffer.isBuffer(type?.value) || !Buffer.isBuffer(raw?.value)) throw malformed();
  const identity = decode(type.value, typeMeta);
  const message = messages[String(identity['kind'])];
  return message && { ...identity, ...decode(raw.value, message) };
}

function decode(bytes: Buffer, message: Message): Fields {
  const object: Fields = {};
  for (const { number, value } of readFields(bytes)) {
    const field = message[number];
    if (field) put(object, field, toValue(value, field.as));
  }
  return object;
}

function put(object: Fields, { name, as, repeated }: Field, value: unknown): void {
  const before = object[name];
  // Go writes a text that is not set as an empty one.
  if (value === '' && !repeated) return;
  if (repeated) object[name] = [...(Array.isArray(before) ? (before as unknown[]) : []), value];
  else if (as === 'pair')
    object[name] = { ...(before as Fields | undefined), ...(value as Fields) };
  else object[name] = value;
}

function toValue(value: Buffer | number, as: Kind): unknown {
  if (as === 'number') return value;
  if (!Buffer.isBuffer(value)) throw malformed();
  if (as === 'text') return value.toString('utf8');
  if (as === 'pair') {
    const { key = '', value: text = '' } = decode(value, pair);
    return { [String(key)]: text };
  }
  if (as !== 'intOrPercent') return decode(value, as);
  const { type = 0, intVal = 0, strVal = '' } = decode(value, intOrPercent);
  return type === 0 ? intVal : strVal;
}

type Raw = { readonly number: number; readonly value: Buffer | number };

/** The fields in the order of the wire: varints as numbers, all else as bytes. */
function readFields(bytes: Buffer): Raw[] {
  const fields: Raw[] = [];
  let at = 0;
  const readVarint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed();
      value += BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw malformed();
  };
  const readBytes = (length: number) => {
    const value = bytes.subarray(at, (at += length));
    if (length < 0 || value.length < length) throw malformed();
    return value;
  };
  const fixedBytes: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
  while (at < bytes.length) {
    const tag = readVarint();
    const wireType = tag & 7;
    const value =
      wireType === 0
        ? readVarint()
        : readBytes(wireType === 2 ? readVarint() : (fixedBytes[wireType] ?? Infinity));
    fields.push({ number: Math.floor(tag / 8), value });
  }
  return fields;
}

function malformed() {
  return badRequest('the body is not an object in protobuf');
}
