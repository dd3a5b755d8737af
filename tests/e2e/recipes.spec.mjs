// The recipes of the guides do what they say: each is followed in a copy of the repository, and its result is looked at in Chromium.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { startForeignSite } from './support/foreign-site.mjs';
import { LessonPage } from './support/lesson.mjs';
import { inState } from './support/other-model.mjs';
import { UniMedPage } from './support/page.mjs';
import { Recipe, blocks, freePort, namespaces, recipes, section, startNetwork, unimed } from './support/recipes.mjs';
import { devices, root, startBrowser } from './support/surroundings.mjs';

let browser;
let recipe;
/// What else a test started.
let others = [];
before(async () => {
  browser = await startBrowser(devices.cpu.flags);
});
after(() => browser.close());
afterEach(async () => {
  for (const other of others) await other.stop();
  others = [];
  await recipe?.close();
  recipe = undefined;
});

const follow = (...what) => {
  recipe = new Recipe(...what);
  return recipe.follow();
};

async function recognizes(page) {
  await page.openImage();
  const { state, text } = await page.answered('What kind of image is this?');
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
}

test('every recipe of the page is followed here', () => {
  const headings = [...recipes('recipes.md').keys()];
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  assert.deepEqual(headings.filter((heading) => !own.includes(`'recipes.md', '${heading}'`)), []);
  assert.ok(headings.length >= 5, `${headings}`);
});

test('a static host under a path', async () => {
  await follow('recipes.md', 'A static host under a path');
  const page = await UniMedPage.open(browser, recipe.address);
  assert.match(page.page.url(), /\/teaching\/unimed\/$/);
  await recognizes(page);
  assert.deepEqual(page.problems, []);
  await page.close();
});

/// nginx with a location of a guide, in the foreground.
async function startNginx(location, folder) {
  const port = await freePort();
  const configuration = join(folder, 'nginx.conf');
  const away = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, 'nginx-temp')};`);
  writeFileSync(
    configuration,
    `daemon off; master_process off; pid ${join(folder, 'nginx.pid')}; error_log stderr crit; events {}
    http { access_log off; default_type application/octet-stream; ${away.join(' ')} server { listen 127.0.0.1:${port}; ${location} } }`,
  );
  const program = spawn('nginx', ['-e', 'stderr', '-c', configuration], { stdio: ['ignore', 'inherit', 'inherit'] });
  const url = `http://127.0.0.1:${port}/`;
  for (const end = Date.now() + 10_000; ; await new Promise((later) => setTimeout(later, 50))) {
    if (await fetch(url).then(() => true, () => false)) break;
    assert.ok(Date.now() < end && program.exitCode === null, 'nginx does not answer');
  }
  return {
    url,
    async stop() {
      program.kill();
      await once(program, 'exit');
    },
  };
}
const nginx = spawnSync('nginx', ['-v']).status === 0;

test('the location for nginx serves every file with every header', { skip: !nginx && 'nginx is not installed' }, async () => {
  recipe = new Recipe('recipes.md', 'A static host under a path');
  const [{ content }] = blocks(section('hosting.md', 'nginx'));
  const { exchanged, home } = recipe;
  cpSync(join(home, 'dist'), join(exchanged['/srv/'], 'unimed/dist'), { recursive: true });
  const host = await startNginx(recipe.here(content), home);
  others.push(host);
  execFileSync('cargo', ['xtask', 'verify-site', `${host.url}unimed/`], { env: recipe.environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const sent = (await fetch(`${host.url}unimed/worker.js`)).headers;
  const headers = readFileSync(join(home, 'dist/_headers'), 'utf8').split('\n\n')[0].matchAll(/^ {2}([\w-]+): (.*)$/gm);
  const expected = Object.fromEntries([...headers].map(([, name, value]) => [name.toLowerCase(), value]));
  assert.ok(Object.keys(expected).length >= 6, JSON.stringify(expected));
  for (const [name, value] of Object.entries(expected)) assert.equal(sent.get(name), value, name);
  const page = await UniMedPage.open(browser, `${host.url}unimed/`);
  await recognizes(page);
  await page.close();
});

/// The headers that a location for nginx sends.
const headersOf = (location) => Object.fromEntries([...location.matchAll(/add_header ([\w-]+) "([^"]*)"/g)].map(([, name, value]) => [name, value]));

test('a converted model on another host', { skip: !unimed && 'the command unimed was not built' }, async () => {
  const [{ content }] = blocks(section('recipes.md', 'A converted model on another host')).filter(({ language }) => language === 'nginx');
  const ports = [await freePort(), 0];
  recipe = new Recipe('recipes.md', 'A converted model on another host');
  // The published checkpoint has 29 GB; the default model before it was packed has the same parts under the same names.
  symlinkSync(join(root, 'train/weights/default'), join(recipe.home, 'UniMedVL'));
  // Who asks is known once the site is served, and who is asked before that.
  let host;
  const page = `http://127.0.0.1:${ports[0]}`;
  recipe.exchanged['https://unimed.example'] = page;
  if (nginx) host = await startNginx(recipe.here(content), recipe.home);
  else host = await startForeignSite({ 'unimedvl-q4/': join(recipe.exchanged['/srv/'], 'models/unimedvl-q4') }, { headers: headersOf(recipe.here(content)) });
  others.push(host);
  recipe.exchanged['https://models.example'] = new URL(host.url).origin;
  await recipe.follow();
  const guide = readFileSync(join(recipe.home, 'docs/guides/hosting.md'), 'utf8');
  assert.match(guide, new RegExp(`connect-src 'self' ${new URL(host.url).origin};`));

  const site = spawn('cargo', ['xtask', 'serve', '--no-build', '--port', `${ports[0]}`], { env: recipe.environment, stdio: ['ignore', 'pipe', 'inherit'] });
  others.push({ stop: async () => (site.kill(), once(site, 'exit')) });
  await once(site.stdout, 'data');
  const opened = await UniMedPage.open(browser, `${page}/`);
  await opened.at('model').filter({ hasText: 'MB)' }).waitFor();
  await opened.at('model').click();
  await opened.at('model-address').fill(`${host.url}unimedvl-q4/`);
  await opened.at('model-address').press('Enter');
  await inState(opened, 'UniMedVL', 'away').waitFor();
  const press = (name) => opened.at('model-card').filter({ hasText: 'UniMedVL' }).getByRole('button', { name, exact: true }).click();
  await press('Download');
  await inState(opened, 'UniMedVL', 'here').waitFor();
  await press('Use');
  await opened.at('model').filter({ hasText: 'UniMedVL (' }).waitFor();
  await opened.page.keyboard.press('Escape');
  await recognizes(opened);
  assert.deepEqual(opened.problems, []);
  await opened.close();
});

test('a network without internet', async () => {
  const network = namespaces ? await startNetwork() : undefined;
  if (network) others.push(network);
  await follow('recipes.md', 'A network without internet', { network });
  const inside = network ? await startBrowser(devices.cpu.flags, { executable: network.executable }) : browser;
  const page = new UniMedPage(await (await inside.newContext({ serviceWorkers: network ? 'allow' : 'block' })).newPage());
  page.page.setDefaultTimeout(60_000);
  const asked = [];
  page.page.on('request', (request) => asked.push(request.url()));
  // Where a process may not have a network of its own, everything but the one host fails here.
  if (!network) await page.page.route((url) => url.origin !== new URL(recipe.address).origin, (route) => route.abort());
  await page.page.goto(recipe.address);
  await page.at('prompt').waitFor();
  await recognizes(page);
  const { state } = await page.answered('What is a chest X-ray?');
  assert.equal(state, 'done');
  assert.deepEqual(asked.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== new URL(recipe.address).origin), []);
  assert.deepEqual(page.problems, []);
  if (network) {
    // Nothing else is there, in truth.
    const stray = await inside.newPage();
    await assert.rejects(stray.goto('http://192.0.2.1/'), /ERR_(INTERNET_DISCONNECTED|ADDRESS_UNREACHABLE|NETWORK)/);
    await inside.close();
  } else await page.close();
});

test('a course page', async () => {
  await follow('recipes.md', 'A course page');
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(recipe.address);
  await page.locator('unimed-viewer [part="image"]').waitFor();
  await page.locator('unimed-chat [part="prompt"]').fill('What kind of image is this?');
  await page.locator('unimed-chat [part="prompt"]').press('Enter');
  await page.locator('unimed-chat [part="answer"]').filter({ hasText: /X-ray/i }).waitFor();
  // The browser looks for an icon that the recipe has none of.
  assert.deepEqual(problems.filter((problem) => !/404/.test(problem)), []);
  await context.close();
});

test('add a lesson', { skip: !unimed && 'the command unimed was not built' }, async () => {
  await follow('lessons.md', 'Your first lesson');
  const site = await recipe.serve('cargo xtask serve --no-build --port 8080');
  const page = await LessonPage.open(browser, site, 'en');
  await page.page.locator('.list a[href="#en/pneumothorax"]').click();
  const score = await page.play();
  assert.match(score, /\b2\b/);
  assert.deepEqual(page.problems, []);
  await page.close();
});

test('add a language', async () => {
  await follow('recipes.md', 'Add a language');
  const page = await UniMedPage.open(browser, recipe.address);
  const open = page.page.locator('header .button').first();
  assert.equal(await open.innerText(), 'Open');
  await page.at('language').first().selectOption('Français');
  await open.filter({ hasText: 'Ouvrir' }).waitFor();
  assert.equal(await page.page.evaluate(() => document.documentElement.lang), 'fr');
  // What has no translation stays English, and a French browser has French at once.
  assert.match(await page.page.locator('body').innerText(), /Not for clinical use/i);
  await page.close();
  const french = await UniMedPage.open(browser, recipe.address, { locale: 'fr-CA' });
  await french.page.locator('header .button').filter({ hasText: 'Ouvrir' }).waitFor();
  await french.close();
});

const skip = process.env.UNIMED_ALL !== '1' && 'it compiles the simulator: only with --all';
test('add a modality', { skip }, async () => {
  // Nothing fails without saying so: a command that fails ends the recipe.
  await follow('recipes.md', 'Add a modality');
  assert.ok(recipe.commands.some((command) => command.startsWith('cargo test')), `${recipe.commands}`);
});
