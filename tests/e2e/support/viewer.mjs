// The viewer as a person sees it: what is drawn at a place, what the words over the image say.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './surroundings.mjs';

/// A CT slice of 128 x 128 pixels of 0.661468 mm, without a window of its own.
export const ct = {
  file: join(root, 'tests/images/CT_small.dcm'),
  width: 128,
  height: 128,
  mm: 0.661468,
};

/// A head of 33 x 41 x 25 voxels of 2 mm.
export const head = { file: join(root, 'tests/images/anatomical.nii'), slices: 25, mm: 2 };

/// Hounsfield units of the CT slice, read without any of the program under test: 16-bit numbers at the end of the
/// file, rescale intercept -1024.
export function hounsfield() {
  const bytes = readFileSync(ct.file);
  const marker = Buffer.from([0xe0, 0x7f, 0x10, 0x00]);
  const start = bytes.lastIndexOf(marker) + 12;
  return (x, y) => bytes.readInt16LE(start + 2 * (y * ct.width + x)) - 1024;
}

/// The shade of a value through a window, as DICOM PS3.3 C.11.2.1.2.1 defines it.
export function shade(value, width, center) {
  const share = (value - (center - 0.5)) / (width - 1) + 0.5;
  return Math.floor(Math.min(Math.max(share, 0), 1) * 255 + 0.5);
}

/// A pane of the viewer.
export class Pane {
  constructor(page, testId = 'viewer') {
    this.page = page;
    this.canvas = page.at(testId);
  }

  async box() {
    return this.canvas.boundingBox();
  }

  /// Red, green and blue that are drawn at a place of the pane, in CSS pixels.
  async drawn(x, y) {
    await this.settled();
    return this.canvas.evaluate(
      (canvas, [x, y]) => {
        const ratio = canvas.width / canvas.clientWidth;
        const at = (v) => Math.floor(v * ratio);
        return [...canvas.getContext('2d').getImageData(at(x), at(y), 1, 1).data].slice(0, 3);
      },
      [x, y],
    );
  }

  /// Lets two animation frames go by, so that what was asked for is drawn.
  async settled() {
    await this.page.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  }

  /// Where a point of a fitted image is, in CSS pixels of the pane.
  async fitted(x, y, { width, height } = ct) {
    const box = await this.box();
    const scale = Math.min(box.width / width, box.height / height);
    return { x: box.width / 2 + scale * (x - width / 2), y: box.height / 2 + scale * (y - height / 2), scale };
  }

  /// The shade drawn in the middle of an image pixel of a fitted image.
  async gray(x, y, size) {
    const at = await this.fitted(x + 0.5, y + 0.5, size);
    const [red, green, blue] = await this.drawn(at.x, at.y);
    if (red !== green || green !== blue) throw new Error(`not grey: ${[red, green, blue]}`);
    return red;
  }

  /// Drags with a button and keys held; in CSS pixels of the pane.
  async drag(from, to, { button = 'left', keys = [] } = {}) {
    const box = await this.box();
    const { mouse, keyboard } = this.page.page;
    for (const key of keys) await keyboard.down(key);
    await mouse.move(box.x + from.x, box.y + from.y);
    await mouse.down({ button });
    await mouse.move(box.x + (from.x + to.x) / 2, box.y + (from.y + to.y) / 2);
    await mouse.move(box.x + to.x, box.y + to.y);
    await mouse.up({ button });
    for (const key of keys) await keyboard.up(key);
    await this.settled();
  }

  async wheel(at, deltaY, keys = []) {
    const box = await this.box();
    const { mouse, keyboard } = this.page.page;
    for (const key of keys) await keyboard.down(key);
    await mouse.move(box.x + at.x, box.y + at.y);
    await mouse.wheel(0, deltaY);
    for (const key of keys) await keyboard.up(key);
    await this.settled();
  }

  async press(...keys) {
    for (const key of keys) await this.page.page.keyboard.press(key);
    await this.settled();
  }

  /// What a line of words over the image says.
  async says(testId, which = 0) {
    await this.settled();
    return (await this.page.at(testId).nth(which).textContent()).trim();
  }

  /// Zoom as a number, from its words.
  async zoom() {
    return Number.parseFloat(await this.says('zoom'));
  }
}

/// A DICOM file with one grey frame of signed 16-bit numbers, written as PS3.5 and PS3.10 say: explicit VR, little
/// endian. `value(x, y)` gives the numbers.
export function dicomOf(width, height, value) {
  const text = (group, element, vr, words) => {
    const padded = Buffer.from(words.length % 2 ? `${words}${vr === 'UI' ? '\0' : ' '}` : words, 'latin1');
    return short(group, element, vr, padded);
  };
  const short = (group, element, vr, value) => {
    const head = Buffer.alloc(8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(element, 2);
    head.write(vr, 4, 'latin1');
    head.writeUInt16LE(value.length, 6);
    return Buffer.concat([head, value]);
  };
  const number = (group, element, n) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(n);
    return short(group, element, 'US', bytes);
  };
  const uid = '1.2.826.0.1.3680043.10.1000';
  const meta = Buffer.concat([
    text(0x0002, 0x0002, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    text(0x0002, 0x0003, 'UI', `${uid}.1`),
    text(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    text(0x0002, 0x0012, 'UI', uid),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const pixels = Buffer.alloc(2 * width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels.writeInt16LE(value(x, y), 2 * (y * width + x));
  }
  const head = Buffer.alloc(12);
  head.writeUInt16LE(0x7fe0, 0);
  head.writeUInt16LE(0x0010, 2);
  head.write('OW', 4, 'latin1');
  head.writeUInt32LE(pixels.length, 8);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    short(0x0002, 0x0000, 'UL', length),
    meta,
    text(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    text(0x0008, 0x0018, 'UI', `${uid}.1`),
    text(0x0008, 0x0060, 'CS', 'OT'),
    text(0x0020, 0x000d, 'UI', `${uid}.2`),
    text(0x0020, 0x000e, 'UI', `${uid}.3`),
    number(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    number(0x0028, 0x0010, height),
    number(0x0028, 0x0011, width),
    number(0x0028, 0x0100, 16),
    number(0x0028, 0x0101, 16),
    number(0x0028, 0x0102, 15),
    number(0x0028, 0x0103, 1),
    head,
    pixels,
  ]);
}
