// What workers say reaches a Chinese page in Chinese: troubles with files, with the model, with what was asked.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { dicom, zip } from './support/made.mjs';
import { pngOfSize } from './support/files.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const chinese = { locale: 'zh-CN' };

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
afterEach(() => page.close());

/// The words hold the pattern, and no English but names and terms: three words of small letters make a sentence.
function isChinese(words, pattern) {
  assert.match(words, pattern);
  assert.doesNotMatch(words, /[a-z]+ [a-z]+ [a-z]+/, words);
}

async function says(pattern) {
  const error = page.at('error').first();
  await error.waitFor({ timeout: 20_000 });
  isChinese(await error.innerText(), pattern);
}

describe('a file', () => {
  const png = pngOfSize(64, 64);
  const files = {
    'that is no image': ['notes.png', Buffer.from('this is no image'), /^notes\.png：这不是此处可打开的图像。\n+请选择 PNG/],
    'that is empty': ['empty.jpg', Buffer.alloc(0), /^empty\.jpg 为空：0 字节。\n+请重新复制或下载/],
    'that is cut short': ['cut.png', png.subarray(0, 40), /^cut\.png：此 PNG 文件/],
    'of too many pixels': ['huge.png', pngOfSize(60_000, 60_000), /^huge\.png：.*60000 × 60000.*像素/],
    'in a locked archive': ['locked.zip', zip({ 'a.png': png }, { flags: 1 }), /^locked\.zip.*：此 ZIP 文件已加密（需要密码）。\n+请先解密/],
    'of DICOM without pixels': ['cut.dcm', dicom(8, 8, Buffer.alloc(8)), /^cut\.dcm：此 DICOM 文件/],
    'of JSON that is no conversation': ['talk.json', Buffer.from('{}'), /^talk\.json 不是本页面保存的对话/],
  };
  for (const [what, [name, buffer, pattern]] of Object.entries(files)) {
    test(what, async () => {
      page = await UniMedPage.open(around.browser, around.site.url, chinese);
      await page.openFile({ name, mimeType: '', buffer });
      await says(pattern);
    });
  }
});

test('the language chosen last is spoken, whichever words come last, and none but English where words do not come', async () => {
  const context = await around.browser.newContext({ serviceWorkers: 'block' });
  let answer;
  const asked = new Promise((resolve) => {
    void context.route('**/words/zh.json', (route) => new Promise((go) => { answer = go; resolve(); }).then((how) => (how === 'gone' ? route.abort() : route.continue())));
  });
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await page.at('language').selectOption('中文');
  await asked;
  await page.at('language').selectOption('English');
  const words = page.page.waitForResponse('**/words/zh.json');
  answer('come');
  await (await words).finished();
  await page.page.waitForTimeout(300);
  assert.equal(await page.page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await page.at('language').inputValue(), 'English');
  assert.equal(await page.at('send').getAttribute('aria-label'), 'Send');

  await context.unroute('**/words/zh.json');
  await context.route('**/words/zh.json', (route) => route.abort());
  await page.at('language').selectOption('中文');
  await page.page.waitForTimeout(300);
  assert.equal(await page.page.locator('html').getAttribute('lang'), 'en');
});

test('a model that cannot be loaded', async () => {
  const context = await around.browser.newContext({ ...chinese, serviceWorkers: 'block' });
  await context.route('**/*.safetensors', (route) => route.fulfill({ status: 404, body: 'gone' }));
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await says(/^无法加载模型：找不到 model-.*\.safetensors。\n+请检查模型是否完整。/);
});

test('a model that is not there, in the manager, even when it is asked for before the manager is awake', async () => {
  page = await UniMedPage.open(around.browser, around.site.url, chinese);
  await page.at('model').click();
  await page.at('model-address').fill(new URL('nowhere/', around.site.url).href);
  await page.page.getByRole('button', { name: '添加' }).click();
  const warning = page.page.locator('.model .warning');
  await warning.waitFor({ timeout: 20_000 });
  isChinese(await warning.innerText(), /^找不到 manifest\.json。 请检查模型是否完整。/);
});

test('a prompt that is too long', async () => {
  page = await UniMedPage.open(around.browser, around.site.url, chinese);
  const answer = await page.ask('a '.repeat(50_000));
  await page.ended(answer);
  await says(/^文字共 \d+ 个词元，最多可容纳 \d+ 个。\n+请缩短文字。/);
});

test('the device and why it is used', async () => {
  page = await UniMedPage.open(around.browser, around.site.url, chinese);
  await page.at('device').filter({ hasText: 'CPU' }).waitFor();
  await page.at('device').click();
  const dialog = page.page.locator('dialog[open]');
  await dialog.getByText('正在使用').waitFor();
  isChinese(await dialog.innerText(), /正在使用：CPU。/);
});

test('a new language reaches what was said before', async () => {
  page = await UniMedPage.open(around.browser, around.site.url, chinese);
  await page.openFile({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('this is no image') });
  await says(/^notes\.png：/);
  await page.at('language').first().selectOption('English');
  await page.at('error').filter({ hasText: 'notes.png: This is not an image that can be opened here.' }).waitFor();
});
