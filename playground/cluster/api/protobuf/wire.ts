/** The protobuf wire format: numbered fields, nothing else. */
export type WireField =
  | { number: number; kind: 'varint'; value: bigint }
  | { number: number; kind: 'bytes'; value: Buffer }
  | { number: number; kind: 'fixed64' | 'fixed32'; value: Buffer };

/** Throws RangeError for what is cut off or no protobuf at all. */
export function readFields(bytes: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('proto: integer overflow');
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('unexpected EOF');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0: fields.push({ number, kind: 'varint', value: varint() }); break;
      case 1: fields.push({ number, kind: 'fixed64', value: take(8) }); break;
      case 2: fields.push({ number, kind: 'bytes', value: take(Number(varint())) }); break;
      case 5: fields.push({ number, kind: 'fixed32', value: take(4) }); break;
      default: throw new RangeError(`proto: illegal wireType ${tag & 7}`);
    }
  }
  return fields;
}
