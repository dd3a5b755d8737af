// What a specification needs around the page: the project's own server, a browser, a stranger's server.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { record, recordAll } from './traces.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run \`cargo xtask test --only end-to-end\``);
  return value;
}

const { chromium } = createRequire(join(setting('UNIMED_NODE_MODULES'), 'specs.js'))('playwright-core');

/// The bytes of a real file that `cargo xtask fixtures` fetched.
export function fixture(name, member) {
  return readFileSync(join(setting('UNIMED_FIXTURES'), name, member));
}

/// Flags without which a browser on a closed network asks its maker for news, many at a time.
const quiet = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/// Ways in which the page can compute: how to start the browser, what to add to the page's address, what the page says.
export const devices = {
  webgpu: {
    flags: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
    query: '?device=gpu',
    says: /swiftshader.*software adapter/i,
  },
  cpu: { flags: [], query: '', says: /^CPU$/ },
};

/// A fresh browser with an empty profile. `flags` are added to those that keep it quiet; `executable` is a script that starts it.
export async function startBrowser(flags = devices.webgpu.flags, { executable = setting('UNIMED_CHROME') } = {}) {
  const browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    chromiumSandbox: false,
    args: [...quiet, ...flags],
  });
  return recordAll(browser);
}

/// A browser that keeps what pages keep in a folder, as a person's does; a fresh browser's pages keep it in memory. Gives
/// its context.
export async function startProfile(folder, options = {}) {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: setting('UNIMED_CHROME'),
    headless: true,
    chromiumSandbox: false,
    args: quiet,
    ...options,
  });
  return record(context);
}

/// Serves dist/ by `cargo xtask serve`; `requests` grows by a line for each request that reaches it. `home` is another folder
/// with trunk.toml, hosts.json and dist/ than this repository.
export async function startSite({ under = '/', home = undefined } = {}) {
  const program = spawn(
    setting('UNIMED_XTASK'),
    ['serve', '--no-build', '--port', '0', '--log', '--under', under],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...(home && { CARGO_MANIFEST_DIR: home }) },
    },
  );
  const requests = [];
  const url = await new Promise((resolve, reject) => {
    program.once('error', reject);
    program.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: program.stdout }).on('line', (line) => {
      const address = /^Serving at (\S+)/.exec(line);
      if (address) resolve(address[1]);
      else requests.push(line);
    });
  });
  return {
    url,
    requests,
    async stop() {
      program.removeAllListeners('exit');
      program.kill();
      await once(program, 'exit');
    },
  };
}

/// Another server on this machine, which allows everybody everything and counts who comes.
export async function startStranger() {
  const visits = [];
  const server = createServer((request, response) => {
    visits.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/html' });
    response.end('<!doctype html><title>stranger</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    visits,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/// The site and a browser for all tests of a specification: they are there from its first test to its last.
export function siteAndBrowser({ flags, under } = {}) {
  const around = {};
  before(async () => {
    [around.site, around.browser] = await Promise.all([startSite({ under }), startBrowser(flags)]);
  });
  after(async () => {
    await around.browser.close();
    await around.site.stop();
  });
  return around;
}
