// Every feature once, from opening files to wiping what is kept: whatever is done, the browser asks its own host for its own files
// and sends nothing. With --all also where there is no network at all but this machine's own.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';
import { withoutTraces } from './support/traces.mjs';
import { ct, head } from './support/viewer.mjs';

withoutTraces();

const sample = (name) => join(root, 'public/samples', name);
const around = siteAndBrowser({ flags: devices.cpu.flags });

const tasks = [
  ['New image', 'A normal chest X-ray.', 'chest.png'],
  ['Change', 'Add a large left pleural effusion.', 'chest.png'],
  ['What if', 'Show this chest without the pleural effusion.', 'chest.png'],
  ['Other stain', 'Make the H&E into Ki-67.', 'ihc.jpg'],
  ['4x sharper', 'Make this image 4x sharper.', 'chest.png'],
  ['Other sequence', 'Make a T1 image from this T2 image.', 'brain.png'],
];

async function saved(page, button) {
  const file = page.page.waitForEvent('download');
  await page.at(button).first().click();
  return readFileSync(await (await file).path());
}

async function look(page) {
  await page.openFile(ct.file);
  await page.at('preset').waitFor();
  await page.at('preset').selectOption({ index: 1 });
  await page.openFile(head.file);
  await page.at('slice-range').waitFor();
  await page.page.keyboard.press('x');
  await page.at('viewer-sagittal').waitFor();
  await page.page.keyboard.press('x');
  await page.at('sample').first().isVisible();
}

async function ask(page) {
  await page.openImage(sample('chest.png'));
  assert.equal((await page.answered('Write a report.')).state, 'done');
  await page.at('looked').click();
  await page.at('gaze').waitFor();
  await page.at('sure').first().click();
  await page.at('depends').last().click();
  await page.at('verdict').waitFor();
}

async function make(page, [task, words, file]) {
  await page.openImage(sample(file));
  await page.at('mode-paint').click();
  await page.at('task').selectOption(task);
  assert.equal((await page.painted(words)).state, 'done', task);
}

async function settings(page) {
  for (const panel of ['device', 'model']) {
    await page.at(panel).click();
    await page.page.keyboard.press('Escape');
  }
  await page.page.getByRole('button', { name: 'About, keys and credits' }).click();
  await page.page.keyboard.press('Escape');
  await page.page.getByRole('button', { name: 'Switch to the light look' }).click();
  await page.at('language').selectOption('中文');
  await page.at('language').selectOption('English');
}

test('whatever is done, nothing is sent and nobody else is asked', { timeout: 900_000 }, async () => {
  const page = await UniMedPage.open(around.browser, around.site.url);
  const requests = [];
  page.page.context().on('request', (request) => requests.push(request));
  await page.set({ Steps: 2 });
  await look(page);
  await ask(page);
  for (const task of tasks) await make(page, task);
  await page.at('show-difference').last().click();
  await page.at('compare-source').last().click();
  await page.at('compare-slider').waitFor();
  for (const button of ['download', 'download-dicom', 'save-html', 'save-markdown']) assert.ok((await saved(page, button)).length > 500, button);
  const talk = await saved(page, 'save-json');
  await settings(page);
  await page.forget();
  await page.openFile({ name: 'talk.json', mimeType: 'application/json', buffer: talk });
  await page.at('answer').first().waitFor();

  const own = new URL(around.site.url).origin;
  const odd = requests.filter((request) => {
    const url = new URL(request.url());
    const inside = ['blob:', 'data:'].includes(url.protocol);
    return !inside && !(url.origin === own && url.search === '' && ['GET', 'HEAD'].includes(request.method()) && request.postData() === null);
  });
  assert.deepEqual(odd.map((request) => `${request.method()} ${request.url()}`), []);
  assert.ok(requests.length > 3, 'requests are seen');
  const posted = around.site.requests.filter((line) => !/^(GET|HEAD) \/[\w./-]*$/.test(line));
  assert.deepEqual(posted, [], 'what the server saw');
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('the same with no network but that of this machine', { skip: process.env.UNIMED_ALL === '1' && process.env.UNIMED_CUT !== '1' ? false : 'with --all' }, () => {
  const inner = 'ip link set lo up && exec node --test --test-reporter=spec "$0"';
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--map-root-user', '--net', 'sh', '-c', inner, fileURLToPath(import.meta.url)],
    // Not as a part of this run, which would take its words for those of its own tests.
    { encoding: 'utf8', env: { ...process.env, UNIMED_CUT: '1', NODE_TEST_CONTEXT: undefined } },
  );
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /✔ whatever is done/);
});
