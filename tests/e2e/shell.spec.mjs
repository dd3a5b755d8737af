// Around the work: two languages, two looks, settings that are kept, keys, and nothing that axe objects to, on every
// screen and in three sizes.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { join } from 'node:path';
import { violations } from './support/axe.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';

const brain = join(root, 'public/samples/brain.png');
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  await page.close();
});

describe('axe finds nothing', () => {
  for (const size of sizes) {
    for (const theme of ['dark', 'light']) {
      test(`at ${size.width} px, ${theme}`, async () => {
        const settings = [{ name: 'unimed.settings', value: JSON.stringify({ theme, sure: true, steps: 2 }) }];
        const { origin } = new URL(around.site.url);
        const storageState = { cookies: [], origins: [{ origin, localStorage: settings }] };
        page = await UniMedPage.open(around.browser, around.site.url, { viewport: size, storageState });
        const screens = new Map();
        const look = async (screen) => screens.set(screen, await violations(page.page));
        await look('first visit');
        await page.openImage(brain);
        await page.answered('What is abnormal?');
        await page.at('looked').click();
        await page.at('gaze').waitFor();
        await look('answer');
        await page.at('mode-paint').click();
        await page.at('task').selectOption('Change');
        await page.at('advanced').click();
        await look('studio');
        await page.painted('Make this image 4x sharper.');
        await page.at('show-difference').click();
        await page.at('difference').waitFor();
        await look('result');
        await page.at('compare-source').click();
        await page.at('compare-slider').waitFor();
        await look('comparison');
        await page.openFile({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
        await page.at('error').first().waitFor();
        await look('error');
        for (const panel of ['model', 'device']) {
          await page.at(panel).click();
          await page.page.locator('dialog[open]').waitFor();
          await look(panel);
          await page.page.keyboard.press('Escape');
        }
        await page.page.locator('.foot-line').click();
        await page.page.locator('dialog[open]').waitFor();
        await look('ledger');
        await page.page.keyboard.press('Escape');
        await page.page.locator('[title*="(?)"]').click();
        await page.at('wipe').waitFor();
        await look('about');
        await page.page.keyboard.press('Escape');
        for (const [screen, found] of screens) assert.deepEqual(found, [], screen);
        const wide = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `the page is ${wide} px too wide`);
      });
    }
  }
});

describe('languages', () => {
  /// Visible words in Latin letters, without what is never translated.
  const latin = () =>
    page.page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!element.checkVisibility() || element.closest('[translate="no"], option[lang], kbd, dialog:not([open])')) continue;
        const text = node.textContent.trim();
        if (/[a-z]{4}/i.test(text) && !/[\u4e00-\u9fff]/.test(text)) found.push(text);
      }
      return found;
    });

  test('Chinese is chosen, kept, and reaches every word of the page', async () => {
    page = await UniMedPage.open(around.browser, around.site.url);
    await page.at('language').first().selectOption('中文');
    await page.page.getByText('就图像提问，或生成图像。').waitFor();
    assert.equal(await page.page.evaluate(() => document.documentElement.lang), 'zh-Hans');
    assert.deepEqual(await latin(), ['UniMed']);
    await page.page.reload();
    await page.page.getByText('就图像提问，或生成图像。').waitFor();
    assert.deepEqual(await violations(page.page), []);
    await page.at('language').first().selectOption('English');
    await page.page.getByText('Ask about an image, or make one.').waitFor();
    assert.equal(await page.page.evaluate(() => document.documentElement.lang), 'en');
  });

  test('a change of language keeps images and conversation', async () => {
    page = await UniMedPage.open(around.browser, around.site.url);
    await page.openImage(brain);
    const { text } = await page.answered('What kind of image is this?');
    await page.at('language').first().selectOption('中文');
    await page.page.getByText('您的提问').waitFor();
    assert.equal(await page.at('answer').textContent(), text);
    await page.at('viewer').waitFor();
    assert.equal((await page.answered('What is abnormal?')).state, 'done');
  });

  test('a browser that prefers Chinese gets it at once', async () => {
    page = await UniMedPage.open(around.browser, around.site.url, { locale: 'zh-CN' });
    await page.page.getByText('就图像提问，或生成图像。').waitFor();
  });

  test('when the words cannot be fetched, the page speaks English', async () => {
    const context = await around.browser.newContext({ locale: 'zh-CN', serviceWorkers: 'block' });
    await context.route('**/words/zh.json', (route) => route.fulfill({ status: 404, body: 'gone' }));
    page = new UniMedPage(await context.newPage());
    await page.page.goto(around.site.url);
    await page.page.getByText('Ask about an image, or make one.').waitFor();
    // The browser itself notes the 404.
    page.problems = page.problems.filter((problem) => !/404/.test(problem));
  });
});

describe('settings', () => {
  test('are kept from one visit to the next', async () => {
    page = await UniMedPage.open(around.browser, around.site.url);
    await page.page.locator('[title="Light look"]').click();
    await page.set({ Steps: 7, Seed: 123 });
    await page.page.reload();
    await page.at('prompt').waitFor();
    assert.equal(await page.page.evaluate(() => document.documentElement.dataset.theme), 'light');
    await page.at('mode-paint').click();
    await page.at('advanced').click();
    assert.equal(await page.at('seed').inputValue(), '123');
  });

  test('that cannot be kept are no trouble', async () => {
    const context = await around.browser.newContext({ serviceWorkers: 'block' });
    await context.addInitScript(() => {
      Object.defineProperty(globalThis, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
      Object.defineProperty(navigator.storage, 'getDirectory', { value: () => Promise.reject(new DOMException('full')) });
    });
    page = new UniMedPage(await context.newPage());
    await page.page.goto(around.site.url);
    await page.at('prompt').waitFor();
    await page.page.locator('[title="Light look"]').click();
    await page.openImage();
    assert.equal((await page.answered('What kind of image is this?')).state, 'done');
    await page.at('device').click();
    await page.page.getByText('lets the page store nothing').waitFor();
  });

  test('that are broken are replaced by the standard ones', async () => {
    const { origin } = new URL(around.site.url);
    const localStorage = [{ name: 'unimed.settings', value: '{"steps":"many"' }];
    const storageState = { cookies: [], origins: [{ origin, localStorage }] };
    page = await UniMedPage.open(around.browser, around.site.url, { storageState });
    await page.at('mode-paint').click();
    await page.at('advanced').click();
    assert.equal(await page.at('seed').inputValue(), '1');
  });
});

test('everything can be reached and done by the keyboard alone', async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
  await page.openImage(brain);
  await page.page.keyboard.press('/');
  await page.page.keyboard.type('What kind of image is this?');
  await page.page.keyboard.press('Enter');
  assert.equal(await page.ended(page.at('answer').first()), 'done');
  const reached = new Set();
  for (let step = 0; step < 80; step += 1) {
    await page.page.keyboard.press('Tab');
    const [name, ring] = await page.page.evaluate(() => {
      const { activeElement: element } = document;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return [element.dataset.testid ?? element.tagName, outlineStyle !== 'none' && outlineWidth !== '0px'];
    });
    reached.add(name);
    if (name !== 'BODY') assert.ok(ring, `${name} shows no focus`);
  }
  for (const name of ['viewer', 'looked', 'sure', 'edit', 'again', 'save-html', 'prompt', 'mode-paint', 'advanced', 'model']) {
    assert.ok(reached.has(name), `${name} is not reached: ${[...reached].join()}`);
  }
});

test('where motion is not wanted, nothing moves by itself', async () => {
  page = await UniMedPage.open(around.browser, around.site.url, { reducedMotion: 'reduce' });
  await page.openImage(brain);
  await page.answered('What kind of image is this?');
  const moving = await page.page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  const timed = await page.page.evaluate(() =>
    [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return animationName !== 'none' || !/^0s(, 0s)*$/.test(transitionDuration);
    }).length,
  );
  assert.equal(timed, 0);
});
