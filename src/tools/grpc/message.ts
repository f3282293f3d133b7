/** The two messages of grpc.health.v1: HealthCheckRequest { string service = 1 } and HealthCheckResponse { ServingStatus status = 1 }. */

/** With its five bytes of frame; nothing is compressed. `service` has at most 127 bytes. */
export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const body = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(body.length, 1);
  return Buffer.concat([frame, body]);
}

/** Undefined when it is no such message. A message without the field has its default, 0 (UNKNOWN). */
export function decodeStatus(frame: Buffer): number | undefined {
  if (frame.length < 5 || frame[0] !== 0) return undefined;
  const length = frame.readUInt32BE(1);
  if (frame.length < 5 + length) return undefined;
  const body = frame.subarray(5, 5 + length);
  let status = 0;
  let at = 0;
  while (at < body.length) {
    const tag = varint(body, at);
    if (tag === undefined) return undefined;
    const end = skip(body, tag.end, tag.value & 7);
    if (end === undefined || end > body.length) return undefined;
    if (tag.value === 0x08) status = varint(body, tag.end)?.value ?? 0;
    at = end;
  }
  return status;
}

function varint(body: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = body[from + index];
    if (byte === undefined) return undefined;
    if (index < 4) value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  return undefined;
}

/** Where a field of this wire type ends; undefined for types that are not in use. */
function skip(body: Buffer, from: number, wireType: number): number | undefined {
  if (wireType === 0) return varint(body, from)?.end;
  if (wireType === 1) return from + 8;
  if (wireType === 5) return from + 4;
  if (wireType !== 2) return undefined;
  const length = varint(body, from);
  return length === undefined ? undefined : length.end + length.value;
}
