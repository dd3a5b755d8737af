// Real files of every transfer syntax and colour model through the page, against what pydicom and nibabel read from
// them; NIfTI of every type; folders, archives, and files that cannot be opened.

import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { dicom, niftiHeader, numbers, tiffOfSize, zip } from './support/made.mjs';
import { UniMedPage, retina } from './support/page.mjs';
import { devices, fixture, root, siteAndBrowser } from './support/surroundings.mjs';
import { Pane, ct, head } from './support/viewer.mjs';

const { files: references } = JSON.parse(readFileSync(join(root, 'tests/images/reference/reference.json')));

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
let pane;
beforeEach(async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
  pane = new Pane(page);
});
afterEach(async () => {
  const { problems } = page;
  await page.close();
  assert.deepEqual(problems, []);
});

function file(name, buffer) {
  return { name, mimeType: 'application/octet-stream', buffer };
}

async function close() {
  await page.page.getByRole('button', { name: 'Close this image' }).click();
  await page.page.locator('.welcome').waitFor();
}

describe('real files', () => {
  /// Transfer syntaxes whose decoders may differ by a level in grey and by two in colour.
  const lossy = ['50', '81', '91'].map((last) => `1.2.840.10008.1.2.4.${last}`);

  /// Compares two points of the first frame with the reference: drawn shades, and values as they are said.
  async function compare(entry) {
    const [frames, height, width] = entry.shape;
    const size = { width, height };
    const tolerance = lossy.includes(entry.syntax) ? 3 : 1;
    const shown = entry.at.map((at, place) => ({ at, place })).filter(({ at }) => at[0] === 0 || frames === 1);
    for (const { at, place } of shown.slice(0, 2)) {
      const [, y, x] = at;
      const middle = await pane.bring(x, y, size);
      const drawn = await pane.drawn(middle.x, middle.y);
      let expected;
      if (entry.color) expected = entry.stored.slice(3 * place, 3 * place + 3);
      else if (entry.shown) expected = Array(3).fill(entry.shown[place]);
      if (entry.photometric === 'MONOCHROME1' && expected) expected = expected.map((shade) => 255 - shade);
      if (expected) {
        const far = Math.max(...expected.map((shade, channel) => Math.abs(shade - drawn[channel])));
        assert.ok(far <= tolerance, `(${x}, ${y}): ${drawn} is drawn, ${expected} expected`);
      }
      const real = entry.real?.[place];
      if (real !== undefined) {
        const { value } = await pane.under(middle.x, middle.y);
        // The page says at most three digits of small numbers.
        const near = Math.max(tolerance, Math.abs(real) * 0.006, real !== 0 && Math.abs(real) < 0.1 ? 0.06 : 0);
        assert.ok(Math.abs(value - real) <= near, `(${x}, ${y}) is said to be ${value}, ${real} expected`);
      }
      await pane.press('=');
    }
  }

  const cases = [
    ['implicit VR, grey', 'MR_small_implicit.dcm'],
    ['implicit VR, palette', 'gdcm-US-ALOKA-16.dcm'],
    ['explicit VR, grey', 'MR_small.dcm'],
    ['explicit VR, palette', 'examples_palette.dcm'],
    ['explicit VR, RGB', 'SC_rgb_small_odd.dcm'],
    ['explicit VR, YBR_FULL', 'SC_ybr_full_uncompressed.dcm'],
    ['explicit VR, YBR_FULL_422', 'SC_ybr_full_422_uncompressed.dcm'],
    ['deflated', 'image_dfl.dcm'],
    ['big endian', 'MR_small_bigendian.dcm'],
    ['JPEG baseline', 'SC_rgb_dcmtk_+eb+cy+n1.dcm'],
    ['JPEG baseline, 30 frames', 'examples_ybr_color.dcm'],
    ['JPEG lossless', 'JPGLosslessP14SV1_1s_1f_8b.dcm'],
    ['JPEG-LS', 'MR_small_jpeg_ls_lossless.dcm'],
    ['JPEG-LS near-lossless', 'JPEGLSNearLossless_16.dcm'],
    ['JPEG 2000 lossless', 'MR_small_jp2klossless.dcm'],
    ['JPEG 2000, YBR_RCT', 'GDCMJ2K_TextGBR.dcm'],
    ['JPEG 2000 lossy, MONOCHROME1', 'RG3_J2KI.dcm'],
    ['JPEG 2000, YBR_ICT', 'US1_J2KI.dcm'],
    ['RLE', 'MR_small_RLE.dcm'],
    ['RLE, palette', 'OBXXXX1A_rle.dcm'],
  ];
  for (const [what, name] of cases) {
    test(`${what}: ${name}`, async () => {
      const entry = references.find((known) => basename(known.file) === name && !known.refused);
      await page.openFile(file(name, fixture(entry.package, entry.file)));
      await page.at('viewer').waitFor();
      await compare(entry);
    });
  }

  test('NIfTI, packed and with times', async () => {
    for (const [name, says] of [
      ['nibabel/tests/data/example_nifti2.nii.gz', /^slice \d+\/12, time 1\/2$/],
      ['nibabel/tests/data/functional.nii', /^slice 2\/3, time 1\/20$/],
    ]) {
      await page.openFile(file(basename(name), fixture('nibabel', name)));
      await page.at('viewer').waitFor();
      assert.match(await pane.says('slice'), says);
      await close();
    }
  });
});

test('NIfTI voxels of every type say their values', async () => {
  const types = [
    ['u8', 2, 8, Uint8Array.of(0, 1, 200, 255)],
    ['i8', 256, 8, Int8Array.of(-128, -1, 0, 127)],
    ['i16', 4, 16, Int16Array.of(-30_000, -1, 300, 32_767)],
    ['u16', 512, 16, Uint16Array.of(0, 1, 300, 65_535)],
    ['i32', 8, 32, Int32Array.of(-70_000, -1, 0, 1_000_000)],
    ['u32', 768, 32, Uint32Array.of(0, 1, 70_000, 1_000_000)],
    ['i64', 1024, 64, BigInt64Array.of(-70_000n, -1n, 0n, 1_000_000n)],
    ['u64', 1280, 64, BigUint64Array.of(0n, 1n, 70_000n, 1_000_000n)],
    ['f32', 16, 32, Float32Array.of(-1.5, 0, 0.25, 3)],
    ['f64', 64, 64, Float64Array.of(-1.5, 0, 0.25, 3)],
  ];
  for (const [name, code, bits, values] of types) {
    const buffer = Buffer.concat([niftiHeader([2, 2, 1], { code, bits }), Buffer.from(values.buffer)]);
    await page.openFile(file(`${name}.nii`, buffer));
    await page.at('viewer').waitFor();
    // The value under the pointer is that of the slice that is drawn.
    await pane.settled();
    const box = await pane.box();
    const found = [];
    for (const [x, y] of [
      [-9, -9],
      [9, -9],
      [-9, 9],
      [9, 9],
    ]) {
      found.push((await pane.under(box.width / 2 + x, box.height / 2 + y)).value);
    }
    const order = (list) => [...list].map(Number).sort((a, b) => a - b);
    assert.deepEqual(order(found), order(values), name);
    await close();
  }
});

describe('many files at once', () => {
  const names = () => page.page.locator('.strip .thumb').evaluateAll((list) => list.map((thumb) => thumb.title));

  const good = { 'slice.dcm': readFileSync(ct.file), 'eye.jpg': readFileSync(retina) };
  const bad = {
    'cut.dcm': [readFileSync(ct.file).subarray(0, 20_000), /ends before the picture is complete/],
    'empty.dcm': [Buffer.alloc(0), /is empty: it has 0 bytes/],
    'notes.dcm': [Buffer.from('not a picture at all'), /not an image that can be opened here/],
    'report.png': [Buffer.from('%PDF-1.7 something'), /PDF/],
    'plan.dcm': [fixture('pydicom', 'pydicom/data/test_files/rtplan.dcm'), /holds no image: it is a radiotherapy plan/],
    'without.dcm': [dicom(4, 4, null), /holds no image/],
    'locked.zip': [zip({ 'a.dcm': Buffer.from('??') }, { flags: 1 }), /encrypted/],
    'huge.tif': [tiffOfSize(30_000, 30_000), /30000 x 30000|900000000|memory|at most/],
    'twelve.dcm': [
      fixture('pydicom', 'pydicom/data/test_files/JPGExtended.dcm'),
      /JPEG Extended with 12 bits.*cannot be read here.*Export it/s,
    ],
  };

  test('bad ones are told one by one, with what to do, and the good ones open', async () => {
    const all = [
      ...Object.entries(bad).map(([name, [buffer]]) => file(name, buffer)),
      ...Object.entries(good).map(([name, buffer]) => file(name, buffer)),
    ];
    await page.openFile(all);
    await page.at('viewer').waitFor();
    await page.page.locator('.reading').waitFor({ state: 'detached' });
    assert.equal((await names()).length, 2);
    const told = await page.at('error').allInnerTexts();
    assert.equal(told.length, Object.keys(bad).length, told.join('\n'));
    for (const [name, [, words]] of Object.entries(bad)) {
      const said = told.find((message) => message.includes(name));
      assert.ok(said, `nothing is said about ${name}`);
      assert.match(said, words);
      assert.doesNotMatch(said, /undefined|\[object|panicked|RuntimeError/);
    }
    assert.match(await page.page.locator('.trouble-sum').innerText(), /^9 files could not be opened/);
    await page.at('close-troubles').click();
    assert.equal(await page.at('error').count(), 0);
    // Nothing is frozen: the image can be worked with.
    await pane.press('1');
    assert.equal(await pane.says('window-level'), 'W 400 L 40');
  });

  test('a file with a wrong name opens by its bytes', async () => {
    await page.openFile(file('picture.png', readFileSync(ct.file)));
    await page.at('viewer').waitFor();
    assert.match(await page.page.locator('.stage-sort').innerText(), /DICOM, 128 × 128 px/);
  });

  test('a dropped folder of mixed files is sorted into series', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'unimed-'));
    try {
      mkdirSync(join(folder, 'series'));
      const slice = (number) =>
        dicom(8, 8, numbers(8, 8, () => 100 * number), { mm: 1, at: [0, 0, 2 * number], number, series: '7' });
      // In the wrong order on purpose.
      for (const number of [3, 1, 2]) writeFileSync(join(folder, `series/${9 - number}`), slice(number));
      writeFileSync(join(folder, 'head.nii'), readFileSync(head.file));
      writeFileSync(join(folder, 'all.zip'), zip({ 'inside/slice.dcm': readFileSync(ct.file) }));
      writeFileSync(join(folder, 'readme.txt'), 'nothing to see here, move along');
      await page.at('folder-input').setInputFiles(folder);
      await page.at('viewer').waitFor();
      await page.page.locator('.reading').waitFor({ state: 'detached' });
      assert.equal((await names()).length, 3);
      assert.match((await page.at('error').allInnerTexts()).join(), /readme\.txt/);
      // Slices 1 to 3 of the series hold 100, 200, 300.
      for (const thumb of await page.page.locator('.strip .thumb').all()) {
        await thumb.click();
        if (/\/3$/.test(await pane.says('slice'))) break;
      }
      await pane.press('Home');
      assert.equal(await pane.says('slice'), 'slice 1/3');
      const box = await pane.box();
      const value = async () => (await pane.under(box.width / 2, box.height / 2)).value;
      assert.equal(await value(), 100);
      await pane.press('End');
      assert.equal(await value(), 300);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('slices of one series that differ in size become two stacks', async () => {
    const slice = (side, number) =>
      file(`${number}.dcm`, dicom(side, side, numbers(side, side, () => number), { mm: 1, at: [0, 0, number], number }));
    await page.openFile([slice(8, 1), slice(8, 2), slice(16, 3)]);
    await page.at('viewer').waitFor();
    await page.page.locator('.reading').waitFor({ state: 'detached' });
    assert.equal((await names()).length, 2);
  });

  test('files dropped anywhere and pasted open too', async () => {
    const bytes = readFileSync(ct.file).toString('base64');
    for (const kind of ['drop', 'paste']) {
      await page.page.evaluate(
        ([kind, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], `${kind}.dcm`));
          const event =
            kind === 'drop'
              ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
              : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
          document.body.dispatchEvent(event);
        },
        [kind, bytes],
      );
      await page.at('viewer').waitFor();
      await close();
    }
  });
});
