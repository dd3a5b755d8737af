// Medical files that tests make: written by the standards, without any of the program under test.

import { crc32, deflateSync } from 'node:zlib';

const root = '1.2.826.0.1.3680043.10.1000';
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

export function element(group, number, vr, value) {
  const long = ['OW', 'OB', 'SQ', 'UN'].includes(vr);
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

export function text(group, number, vr, words) {
  const padding = words.length % 2 ? (vr === 'UI' ? '\0' : ' ') : '';
  return element(group, number, vr, Buffer.from(words + padding, 'latin1'));
}

function short(group, number, n) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(n);
  return element(group, number, 'US', bytes);
}

/// Numbers of a picture as signed 16-bit little-endian bytes; `value(x, y)` gives them.
export function numbers(width, height, value) {
  const pixels = new Int16Array(width * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) pixels[y * width + x] = value(x, y);
  return Buffer.from(pixels.buffer);
}

/// A DICOM file with one grey frame of signed 16-bit numbers, as PS3.5 and PS3.10 say: explicit VR, little endian.
/// `pixels` are its bytes, or none at all. With `mm`, the size of a pixel, and `at`, the middle of the first pixel in
/// the patient, it is an axial slice; `frame` names the frame of reference, `series` the series, `number` the slice. `more`
/// are further elements, and such that take the place of others.
export function dicom(width, height, pixels, { mm, at, frame = '9', series = '3', number = 1, more = [] } = {}) {
  const instance = `${root}.${series}.${number}`;
  const meta = Buffer.concat([
    text(0x0002, 0x0002, 'UI', secondaryCapture),
    text(0x0002, 0x0003, 'UI', instance),
    text(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    text(0x0002, 0x0012, 'UI', root),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const all = [
    text(0x0008, 0x0016, 'UI', secondaryCapture),
    text(0x0008, 0x0018, 'UI', instance),
    text(0x0008, 0x0060, 'CS', 'OT'),
    text(0x0020, 0x000d, 'UI', `${root}.2`),
    text(0x0020, 0x000e, 'UI', `${root}.${series}`),
    text(0x0020, 0x0013, 'IS', String(number)),
    ...(at ? [text(0x0020, 0x0032, 'DS', at.join('\\')), text(0x0020, 0x0037, 'DS', '1\\0\\0\\0\\1\\0')] : []),
    text(0x0020, 0x0052, 'UI', `${root}.${frame}`),
    short(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    short(0x0028, 0x0010, height),
    short(0x0028, 0x0011, width),
    ...(mm ? [text(0x0028, 0x0030, 'DS', `${mm}\\${mm}`)] : []),
    short(0x0028, 0x0100, 16),
    short(0x0028, 0x0101, 16),
    short(0x0028, 0x0102, 15),
    short(0x0028, 0x0103, 1),
    ...(pixels ? [element(0x7fe0, 0x0010, 'OW', pixels)] : []),
    ...more,
  ];
  const tag = (bytes) => bytes.readUInt16LE(0) * 0x10000 + bytes.readUInt16LE(2);
  const data = new Map(all.map((one) => [tag(one), one]));
  const sorted = [...data.keys()].sort((a, b) => a - b).map((key) => data.get(key));
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0002, 0x0000, 'UL', length), meta, ...sorted]);
}

/// A Sequence of Ultrasound Regions (PS3.3 C.8.5.5): `rect` is first column, first row, last column, last row; the units are
/// the standard's codes (3 is cm, 4 is s).
export function ultrasoundRegions(...regions) {
  const word = (number, n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(n);
    return element(0x0018, number, 'UL', bytes);
  };
  const real = (number, x) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(x);
    return element(0x0018, number, 'FD', bytes);
  };
  const items = regions.map(({ rect, units, deltas }) => {
    const fields = Buffer.concat([
      short(0x0018, 0x6012, 1),
      word(0x6018, rect[0]),
      word(0x601a, rect[1]),
      word(0x601c, rect[2]),
      word(0x601e, rect[3]),
      short(0x0018, 0x6024, units[0]),
      short(0x0018, 0x6026, units[1]),
      real(0x602c, deltas[0]),
      real(0x602e, deltas[1]),
    ]);
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
    head.writeUInt32LE(fields.length, 4);
    return Buffer.concat([head, fields]);
  });
  return element(0x0018, 0x6011, 'SQ', Buffer.concat(items));
}

/// The header of a NIfTI-1 file of one volume of 1 mm; the voxels follow it.
export function niftiHeader([width, height, slices], { code = 4, bits = 16 } = {}) {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  for (const [place, side] of [3, width, height, slices, 1, 1, 1, 1].entries()) {
    header.writeInt16LE(side, 40 + 2 * place);
    header.writeFloatLE(1, 76 + 4 * place);
  }
  header.writeInt16LE(code, 70);
  header.writeInt16LE(bits, 72);
  header.writeFloatLE(352, 108);
  header.write('n+1\0', 344, 'latin1');
  return header;
}

/// The first bytes of a grey TIFF that claims a size, with a single strip of no length.
export function tiffOfSize(width, height) {
  const entries = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, 0],
  ];
  const file = Buffer.alloc(8 + 2 + 12 * entries.length + 4);
  file.write('II*\0', 0, 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  for (const [place, [tag, type, value]] of entries.entries()) {
    const at = 10 + 12 * place;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  return file;
}

/// A ZIP archive of stored files; `flags` 1 says that they are encrypted.
export function zip(files, { flags = 0 } = {}) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 0]), fields, rest, Buffer.from(name)]),
    );
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

/// A PNG picture of one colour.
export function png(width, height, [red, green, blue]) {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, red, green and blue.
  header.set([8, 2], 8);
  const row = Buffer.alloc(1 + 3 * width);
  for (let at = 1; at < row.length; at += 3) row.set([red, green, blue], at);
  const rows = Buffer.concat(Array(height).fill(row));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
