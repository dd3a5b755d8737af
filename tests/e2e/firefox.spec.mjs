// The page in Firefox as it is shipped: it opens, sees, answers and paints, without WebGPU if there is none.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { firefox, startFirefox } from './support/firefox.mjs';
import { patience, retina } from './support/page.mjs';
import { startSite } from './support/surroundings.mjs';

const skip = firefox ? false : 'no Firefox here; on Debian: apt-get install firefox-esr';

let site;
let page;
before(async () => {
  if (skip) return;
  [site, page] = await Promise.all([startSite(), startFirefox()]);
  await page.open(site.url);
});
after(async () => {
  if (skip) return;
  await page.stop();
  await site.stop();
});

/// Waits until an expression of the page is true.
async function until(what, ...values) {
  const end = Date.now() + patience;
  while (!(await page.run(what, ...values))) {
    if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function send(mode, words) {
  await page.run(
    (mode, words) => {
      const at = (id) => document.querySelector(`[data-testid="${id}"]`);
      at(mode).click();
      at('prompt').value = words;
      at('prompt').dispatchEvent(new Event('input', { bubbles: true }));
    },
    mode,
    words,
  );
  await until(() => document.querySelector('[data-testid="send"]')?.disabled === false);
  await page.run(() => document.querySelector('[data-testid="send"]').click());
}

test('it opens an image and answers', { skip }, async () => {
  await until(() => document.querySelector('[data-testid="file-input"]') !== null);
  await page.run((base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const list = new DataTransfer();
    list.items.add(new File([bytes], 'retina.jpg', { type: 'image/jpeg' }));
    const input = document.querySelector('[data-testid="file-input"]');
    input.files = list.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, readFileSync(retina).toString('base64'));
  await until(() => document.querySelector('[data-testid="viewer"]') !== null);
  await send('mode-ask', 'What kind of image is this?');
  await until(() => /done|error/.test(document.querySelector('[data-testid="answer"]')?.dataset.state ?? ''));
  const [state, text] = await page.run(() => {
    const answer = document.querySelector('[data-testid="answer"]');
    return [answer.dataset.state, answer.textContent];
  });
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
});

test('it paints, and stops when told to', { skip }, async () => {
  await send('mode-paint', 'a frontal chest X-ray');
  await until(() => /step \d/i.test(document.querySelector('[data-testid="progress"]')?.textContent ?? ''));
  await until(() => document.querySelector('[data-testid="painted"]').getContext('2d').getImageData(0, 0, 1, 1).data[3] > 0);
  await page.run(() => document.querySelector('[data-testid="stop"]')?.click());
  await until(() => /done|stopped/.test(document.querySelector('[data-testid="painted"]').dataset.state));
});

test('nothing was refused or lost on the way', { skip }, async () => {
  assert.equal(await page.run(() => document.querySelectorAll('[data-testid="error"]').length), 0);
});
