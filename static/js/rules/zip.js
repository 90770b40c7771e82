// A zip of files as they are, without compression (APPNOTE 6.3.10; stored, names in UTF-8, no zip64).

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** CRC-32 of bytes, as zip and PNG have it. */
export function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const IN_UTF8 = 0x0800;
const VERSION = 20;

/** Numbers of 2 or 4 bytes, little end first: [[value, size]…]. */
function packed(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)));
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

/** A moment of the wall clock as MS-DOS has it, to two seconds; nothing before 1980. */
const dosTime = (when) => [(when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1), 2];
const dosDate = (when) => [((Math.max(1980, when.getFullYear()) - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate(), 2];

/** The parts of a zip, in order. files: [{name, data: Uint8Array}]; `when` (Date) stands on each. */
export function zip(files, when) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, data } of files) {
    const label = new TextEncoder().encode(name);
    const told = [[IN_UTF8, 2], [0, 2], dosTime(when), dosDate(when), [crc32(data), 4], [data.length, 4], [data.length, 4], [label.length, 2], [0, 2]];
    const head = packed([[0x04034b50, 4], [VERSION, 2], ...told]);
    directory.push(packed([[0x02014b50, 4], [VERSION, 2], [VERSION, 2], ...told, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), label);
    parts.push(head, label, data);
    offset += head.length + label.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = [files.length, 2];
  return [...parts, ...directory, packed([[0x06054b50, 4], [0, 2], [0, 2], count, count, [size, 4], [offset, 4], [0, 2]])];
}
