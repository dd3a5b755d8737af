// The page with the certificate and the benchmark: the golden set by the real engine on the CPU path, a certificate that fails because
// the expected numbers are others, saved certificates opened again, and figures of a shortened benchmark.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { violations } from './support/axe.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';
import { withoutTraces } from './support/traces.mjs';

withoutTraces();
const around = siteAndBrowser({ flags: devices.cpu.flags });
const short = '?runs=1&tokens=4&size=64&steps=2';
const patience = { timeout: 600_000 };

/// The page in a context of its own, with what went wrong in it and what it asked for.
async function open(what = 'en', { query = short, ...options } = {}) {
  const context = await around.browser.newContext({ viewport: { width: 1100, height: 900 }, serviceWorkers: 'block', ...options });
  const page = await context.newPage();
  const [problems, requests] = [[], []];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  context.on('request', (request) => requests.push(request.url()));
  page.setDefaultTimeout(60_000);
  await page.goto(`${around.site.url}benchmark.html${query}#${what}`);
  await page.getByTestId('certify').waitFor();
  return { page, problems, requests, at: (testId) => page.getByTestId(testId), close: () => context.close() };
}

/// What a button lets the person save.
async function saved({ page, at }, button) {
  const file = page.waitForEvent('download');
  await at(button).click();
  return readFileSync(await (await file).path(), 'utf8');
}

const asFile = (text, name = 'certificate.json') => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });

/// The certificate of this machine, made once.
let made;

test('this machine passes, and the certificate says by how much', async () => {
  const opened = await open();
  const { page, problems, requests, at } = opened;
  assert.ok(!requests.some((url) => url.includes('/golden/')), 'nothing of the set comes unasked');
  await at('certify').click();
  await at('verdict').waitFor(patience);
  assert.equal(await at('verdict').textContent(), '✓ Passes');
  made = await saved(opened, 'save-certificate');
  const certificate = JSON.parse(made);
  assert.equal(certificate.passes, true);
  assert.equal(certificate.device.type, 'wasm');
  assert.match(certificate.browser, /Chrome/);
  assert.match(certificate.model.sha256, /^[0-9a-f]{64}$/);
  const list = readFileSync(join(root, 'dist/files.json'));
  assert.equal(certificate.site.files, createHash('sha256').update(list).digest('hex'));
  assert.deepEqual(certificate.runs.map(({ matrices }) => matrices), ['floats', 'q8']);
  for (const { passed, failed, skipped, comparisons } of certificate.runs) {
    assert.ok(passed > 150, `${passed}`);
    assert.deepEqual([failed, skipped], [0, 0]);
    assert.equal(comparisons.length, passed);
    assert.ok(comparisons.every(({ share }) => share === undefined || share <= 1));
  }
  // Floats are another program in the browser than the reference, and matrices in 8 bit are further away.
  const [floats, q8] = certificate.runs.map(({ comparisons }) => comparisons.find(({ name }) => name === 'text.out.logits_last').relative);
  assert.ok(floats > 0 && floats < 1e-5 && q8 > 1e-4 && q8 < 0.02, `${floats} ${q8}`);
  const { forced } = certificate.runs[1];
  assert.ok(forced.predicted > 60 && forced.agreed >= 60);
  assert.equal(forced.misses.length, forced.predicted - forced.agreed);
  assert.ok(forced.misses.every(({ gap }) => gap > 0 && gap <= 0.04));
  assert.ok((await at('forced-q8').textContent()).startsWith(`Forced decoding: ${forced.agreed} of ${forced.predicted} tokens agree`));
  assert.equal(await at('run-floats').locator('tbody tr').count(), 10);
  assert.deepEqual(await violations(page), []);

  // Beside itself, saved and opened again, it differs in nothing.
  await at('open').setInputFiles(asFile(made));
  assert.equal(await at('compared').textContent(), 'Both say the same.');
  // Beside one of another device, what differs is marked.
  const other = await page.evaluate(async (text) => {
    const { sealed } = await import(new URL('player/benchmark/certificate.js', document.baseURI).href);
    const { sha256, ...contents } = JSON.parse(text);
    contents.device = { ...contents.device, name: 'Another adapter' };
    contents.runs[0].comparisons.find(({ name }) => name === 'text.out.logits_last').share = 0.999;
    return JSON.stringify(await sealed(contents));
  }, made);
  await at('open').setInputFiles(asFile(other));
  await at('compared').filter({ hasText: 'They differ in 2 lines.' }).waitFor();
  assert.deepEqual(await at('both').locator('tr.marked th').allTextContents(), ['Device', 'Matrices as floats: text']);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(requests.filter((url) => !url.startsWith(around.site.url) && !url.startsWith('blob:')), []);
  assert.deepEqual(problems, []);
  await opened.close();
});

test('a file that is no certificate of this device is answered with a sentence', async () => {
  const opened = await open();
  const { page, problems, at } = opened;
  const forged = (change) =>
    page.evaluate(
      async ([text, change]) => {
        const { sealed } = await import(new URL('player/benchmark/certificate.js', document.baseURI).href);
        const { sha256, ...contents } = JSON.parse(text);
        return JSON.stringify(await sealed({ ...contents, ...change }));
      },
      [made, change],
    );
  const files = [
    ['\u0089PNG\r\n', /no certificate: it holds no JSON/],
    ['{"kind":"unimed-benchmark"}', /no certificate of UniMed/],
    [made.replace('"format": 1', '"format": 2'), /no certificate of UniMed/],
    [made.replace('"software": false', '"software": true'), /changed after it was made/],
    [await forged({ passes: false }), /contradicts itself/],
    [await forged({ runs: [] }), /contradicts itself/],
    [' '.repeat(4_000_001), /too large/],
  ];
  for (const [text, sentence] of files) {
    await at('open').setInputFiles(asFile(text));
    await at('open-error').filter({ hasText: sentence }).waitFor();
    assert.equal(await at('certificate').count(), 0);
  }
  // The right one is shown without a run.
  await at('open').setInputFiles(asFile(made));
  assert.equal(await at('verdict').textContent(), '✓ Passes');
  assert.equal(await at('open-error').textContent(), '');
  assert.deepEqual(problems, []);
  await opened.close();
});

/// The set's numbers with one of them changed: the expected logits of a text, by as much as they are large.
function changed() {
  const bytes = Buffer.from(readFileSync(join(root, 'dist/golden/alpha/fixtures.safetensors')));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start));
  const at = start + header['text.out.logits_last'].data_offsets[0];
  bytes.writeFloatLE(bytes.readFloatLE(at) + 1, at);
  return bytes;
}

test('other expected numbers: the certificate does not pass; a set that is not the site\'s is not compared with', async () => {
  const opened = await open('en', { query: '?matrices=floats' });
  const { page, problems, at } = opened;
  const body = changed();
  await page.route('**/golden/alpha/fixtures.safetensors', (route) => route.fulfill({ body }));
  await at('certify').click();
  await at('certify-status').filter({ hasText: 'is not the one that this site was built with' }).waitFor(patience);
  assert.equal(await at('certificate').count(), 0);

  const list = JSON.parse(readFileSync(join(root, 'dist/files.json'), 'utf8'));
  list.files['golden/alpha/fixtures.safetensors'].sha256 = createHash('sha256').update(body).digest('hex');
  await page.route('**/files.json', (route) => route.fulfill({ json: list }));
  await at('certify').click();
  await at('verdict').waitFor(patience);
  assert.equal(await at('verdict').textContent(), '✗ Does not pass');
  await at('certificate').filter({ hasText: /1 of 37\d comparisons do not hold/ }).waitFor();
  await at('certificate').filter({ hasText: 'this certifies nothing' }).waitFor();
  const certificate = JSON.parse(await saved(opened, 'save-certificate'));
  assert.equal(certificate.passes, false);
  const wrong = certificate.runs[0].comparisons.filter(({ pass }) => !pass);
  assert.deepEqual(wrong.map(({ name }) => name), ['text.out.logits_last']);
  assert.ok(wrong[0].share > 1 && Math.abs(wrong[0].maxAbs - 1) < 0.01);
  assert.match(await at('run-floats').locator('tr.marked').textContent(), /text.*✗ 1 not.*text\.out\.logits_last/);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(problems, []);
  await opened.close();
});

test('a stopped run leaves no certificate, and the page can run again', async () => {
  const opened = await open();
  const { at } = opened;
  await at('certify').click();
  await at('certify-status').filter({ hasText: 'Matrices as floats' }).waitFor(patience);
  assert.ok(await at('benchmark').isDisabled(), 'one at a time');
  await at('certify').click();
  await at('certify-status').filter({ hasText: 'Stopped.' }).waitFor();
  assert.equal(await at('certificate').count(), 0);
  assert.ok(await at('benchmark').isEnabled());
  assert.equal(await at('certify').textContent(), 'Run the golden set');
  await opened.close();
});

test('the benchmark gives figures of this device, and sources of the others', async () => {
  const opened = await open();
  const { page, problems, requests, at } = opened;
  await at('benchmark').click();
  await at('figures').waitFor(patience);
  const result = JSON.parse(await saved(opened, 'save-benchmark'));
  assert.equal(result.kind, 'unimed-benchmark');
  assert.deepEqual(result.options, { runs: 1, tokens: 4, size: 64, steps: 2 });
  // Without a graphics processor the engine chooses the CPU, and there is nothing to put beside it.
  assert.deepEqual(result.paths.map(({ device }) => device.type), ['wasm']);
  const names = result.paths[0].figures.map(({ name }) => name);
  assert.deepEqual(names, ['load', 'firstWord', 'tokens', 'followUp', 'image', 'step', 'decoder']);
  for (const { name, measured } of result.paths[0].figures) {
    assert.equal(measured.runs.length, 1, name);
    assert.ok(measured.median > 0 && measured.least <= measured.median && measured.median <= measured.most, `${name} ${measured.median}`);
  }
  const figure = (name) => result.paths[0].figures.find((one) => one.name === name).measured.median;
  assert.ok(figure('followUp') < figure('firstWord'), 'the image is read once');
  assert.ok(figure('image') * 1000 > figure('step') + figure('decoder'));
  assert.match(await at('peers').textContent(), /wllama.*4423 ms/s);
  assert.match(await at('peers-source').textContent(), /docs\/log\/kernels\.md/);
  assert.match(await at('dispatch').textContent(), /24 to 71 µs.*arXiv 2604\.02344/);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(requests.filter((url) => !url.startsWith(around.site.url) && !url.startsWith('blob:')), []);
  assert.deepEqual(problems, []);
  await opened.close();
});

test('published figures are those of the log', () => {
  const log = readFileSync(join(root, 'docs/log/kernels.md'), 'utf8');
  const source = readFileSync(join(root, 'js/benchmark/peers.ts'), 'utf8');
  const figures = [...source.matchAll(/promptMs: (\d+), tokenMs: (\d+)/g)];
  assert.equal(figures.length, 3);
  for (const [, prompt, token] of figures) assert.ok(log.includes(`| ${prompt} ms | ${token} ms |`), `${prompt} ${token}`);
  const [, dispatches] = /dispatchesPerToken: (\d+)/.exec(source);
  assert.ok(log.includes(`| dispatches a token | ${dispatches} |`));
});

test('statistics: median and spread', async () => {
  // The page's own module, which imports nothing.
  const program = readFileSync(join(root, 'dist/player/benchmark/statistics.js'));
  const { measuredOf } = await import(`data:text/javascript;base64,${program.toString('base64')}`);
  const found = [[5], [3, 1], [9, 1, 5]].map((runs) => measuredOf(runs));
  assert.deepEqual(found.map(({ median, least, most }) => [median, least, most]), [[5, 5, 5], [2, 1, 3], [5, 1, 9]]);
});

for (const [theme, language] of [['dark', 'zh'], ['light', 'en']]) {
  test(`on a phone, ${theme}, ${language}: nothing sticks out and axe finds nothing`, async () => {
    const settings = [{ name: 'unimed.settings', value: JSON.stringify({ theme }) }];
    const { origin } = new URL(around.site.url);
    const storageState = { cookies: [], origins: [{ origin, localStorage: settings }] };
    const opened = await open(language, { viewport: { width: 390, height: 844 }, hasTouch: true, storageState });
    const { page, problems, at } = opened;
    await at('open').setInputFiles(asFile(made));
    await at('certificate').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
    assert.match(await page.locator('h1').textContent(), language === 'zh' ? /证书/ : /certificate/);
    assert.equal(await at('verdict').textContent(), language === 'zh' ? '✓ 通过' : '✓ Passes');
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    assert.deepEqual(await violations(page), []);
    // The other language keeps what is shown.
    await page.getByRole('button', { name: language === 'zh' ? 'English' : '中文' }).click();
    assert.equal(await at('verdict').textContent(), language === 'zh' ? '✓ Passes' : '✓ 通过');
    assert.deepEqual(problems, []);
    await opened.close();
  });
}
