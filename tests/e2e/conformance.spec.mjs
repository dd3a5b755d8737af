// Files of the conformance set (tests/conformance) through the page, one or two a kind: what is drawn, said and measured is what
// the set expects of `unimed read` and `unimed measure`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';
import { Pane } from './support/viewer.mjs';

const set = join(root, 'tests/conformance/set');
const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
let pane;
afterEach(async () => {
  const { problems } = page;
  await page.close();
  assert.deepEqual(problems, []);
});

/// Opens the files of a case as one drop and goes to the first frame of its first series.
async function open(family, id) {
  const found = JSON.parse(readFileSync(join(set, family, 'cases.json'))).find((entry) => entry.id === id);
  assert.ok(found, `the set has no ${id}`);
  page = await UniMedPage.open(around.browser, around.site.url);
  await page.openImage(
    found.files.map((name) => ({
      name,
      mimeType: 'application/octet-stream',
      buffer: readFileSync(join(set, family, name)),
    })),
  );
  pane = new Pane(page);
  await pane.press('Home');
  return found.expect;
}

/// Compares numbers under the pointer and shades with the probes of the first frame, whose pixels are `tall` times as high as wide.
async function probed(expect, [width, height, tall = 1]) {
  const size = { width, height: tall * height };
  let compared = 0;
  const of = (list) => (list ?? []).filter(({ series, frame }) => series === 0 && frame === 0).flatMap(({ probes }) => probes);
  const shown = of(expect.shown);
  for (const [x, y, want] of of(expect.pixels)) {
    const at = await pane.fitted(x + 0.5, tall * (y + 0.5), size);
    const found = await pane.under(at.x, at.y);
    assert.deepEqual([found.x, found.y], [x, y]);
    // The page says three digits or more.
    assert.ok(Math.abs(found.value - want) <= Math.max(0.005, 0.005 * Math.abs(want)), `(${x}, ${y}): ${found.value}, not ${want}`);
    compared += 1;
  }
  for (const [x, y, want, tolerance] of shown) {
    const at = await pane.fitted(x + 0.5, tall * (y + 0.5), size);
    const drawn = await pane.drawn(at.x, at.y);
    const far = Math.max(...want.map((shade, channel) => Math.abs(shade - drawn[channel])));
    assert.ok(far <= tolerance + 1, `(${x}, ${y}): ${drawn} is drawn, not ${want}`);
    compared += 1;
  }
  assert.ok(compared > 3, `${compared} probes`);
}

/// Draws a length between two points of the picture; gives what the mark says.
async function length([from, to], size) {
  await pane.press('d');
  const [a, b] = [await pane.fitted(...from, size), await pane.fitted(...to, size)];
  await pane.drag(a, b);
  const words = (await page.at('measure').last().textContent()).trim();
  return { value: Number.parseFloat(words), words };
}

const slices = () => pane.says('slice');
const notes = async () => (await page.at('notes').locator('li').allTextContents()).join('\n');

test('A: each ultrasound picture of a series has its own depth', async () => {
  const { measure } = await open('frames', 'frames-us-depths-explicitvrlittleendian');
  const size = { width: 40, height: 24 };
  for (const { frame, from, to, expect } of measure) {
    if (frame > 0) await pane.press('ArrowDown');
    const { value, words } = await length([from, to], size);
    assert.ok(words.endsWith(expect.unit) && Math.abs(value - expect.length) <= 0.15, `${words}, not ${expect.length} mm`);
  }
});

test('B: elements written as UN are read', async () => {
  await probed(await open('unknown', 'unknown-leaf-all'), [16, 12, 2]);
});

test('C: lossless JPEG with restart intervals', async () => {
  await probed(await open('lossless', 'lossless-p2-r4-t2'), [17, 13]);
});

test('D: a sphere is round in the planes of a tilted gantry', async () => {
  await open('geometry', 'geometry-tilt-20');
  await pane.press('x');
  const sagittal = new Pane(page, 'viewer-sagittal');
  await sagittal.canvas.waitFor();
  await sagittal.settled();
  const [across, down, rising, falling] = await sagittal.canvas.evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const ends = Array.from({ length: 4 }, () => [Infinity, -Infinity]);
    for (let y = 0; y < canvas.height; y += 1) {
      for (let x = 0; x < canvas.width; x += 1) {
        if (data[4 * (y * canvas.width + x)] <= 128) continue;
        [x, y, x + y, x - y].forEach((at, number) => {
          ends[number] = [Math.min(ends[number][0], at), Math.max(ends[number][1], at)];
        });
      }
    }
    return ends.map(([first, last]) => last - first + 1);
  });
  assert.ok(across > 30, `${across} screen pixels across`);
  for (const [a, b] of [[across, down], [rising, falling]]) {
    // Slices are 2.5 mm thick, the sphere has 30 mm.
    assert.ok(Math.abs(a / b - 1) < 0.1, `${across} x ${down}, diagonals ${rising} and ${falling}`);
  }
});

test('E: slices of 10 um are slices, and a missing one is told', async () => {
  await open('geometry', 'spacing-10um');
  assert.equal(await slices(), 'slice 1/6');
  await page.close();
  await open('geometry', 'gap-10um');
  assert.equal(await slices(), 'slice 1/8');
  assert.match(await notes(), /missing/);
});

test('F: a VOI table from -1024 in implicit form, and the modality table of XA', async () => {
  const size = [16, 12];
  await probed(await open('values', 'values-voi-table-implicitvrlittleendian-i'), size);
  await page.close();
  await probed(await open('values', 'values-modality-xa'), size);
});

test('G: a real world value is told with its unit', async () => {
  await open('geometry', 'real-world-top');
  const box = await pane.box();
  await page.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  assert.match(await pane.says('value'), /mm2\/s/);
});

test('H: every page of a TIFF file is shown', async () => {
  const { report } = await open('pictures', 'tiff-colour-pages');
  assert.equal(await slices(), `slice 1/${report.series[0].frames.length}`);
  await page.close();
  await open('pictures', 'tiff-three-sizes');
  assert.equal(await page.page.locator('.thumb').count(), 3);
});

test('I: names in several character sets are read', async () => {
  const { report } = await open('text', 'text-name-japanese');
  await pane.press('t');
  const name = page.page.getByText(report.series[0].metadata.PatientName);
  await name.first().waitFor();
});

test('J: what was left out is told at the image', async () => {
  await open('geometry', 'note-twice');
  assert.match(await notes(), /2 files came twice/);
});
