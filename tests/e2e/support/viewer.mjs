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

  /// Moves the pointer to a place and gives what is said of the pixel there: column, row, value (none for colour).
  async under(x, y) {
    const box = await this.box();
    await this.page.page.mouse.move(box.x + x, box.y + y);
    const found = /^x (\d+) y (\d+)(?:: (\S+))?/.exec(await this.says('value'));
    return found && { x: Number(found[1]), y: Number(found[2]), value: found[3] && Number(found[3]) };
  }

  /// Enlarges a pixel of the image until it is a square, and brings it under the middle of the pane, with nothing but
  /// wheel and drags; gives the middle.
  async bring(x, y, size) {
    const start = await this.fitted(x + 0.5, y + 0.5, size);
    for (let turn = 0; turn < 60 && (await this.zoom()) < 12; turn += 1) await this.wheel(start, -400, ['Control']);
    const box = await this.box();
    const middle = { x: Math.floor(box.width / 2), y: Math.floor(box.height / 2) };
    for (let turn = 0; turn < 40; turn += 1) {
      const found = await this.under(middle.x, middle.y);
      if (found?.x === x && found.y === y) return middle;
      const zoom = await this.zoom();
      const way = (from, to, room) => Math.max(-room, Math.min(room, Math.round((from - to) * zoom)));
      const by = { x: way(found.x, x, box.width / 3), y: way(found.y, y, box.height / 3) };
      await this.drag(middle, { x: middle.x + by.x, y: middle.y + by.y }, { keys: ['Shift'] });
    }
    throw new Error(`pixel (${x}, ${y}) cannot be brought into the middle`);
  }

  /// Zoom as a number, from its words.
  async zoom() {
    return Number.parseFloat(await this.says('zoom'));
  }
}
