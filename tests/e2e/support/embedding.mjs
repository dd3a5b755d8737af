// The site as whoever runs it makes it for other sites: they are named in hosts.json, then `cargo xtask finish` runs.

import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, setting, startSite } from './surroundings.mjs';

/// Serves a copy of dist/ whose page for frames may be framed by these sites; `headers` is what it has in `_headers`.
export async function startEmbeddableSite(origins) {
  const home = await mkdtemp(join(tmpdir(), 'unimed-embed-'));
  await copyFile(join(root, 'trunk.toml'), join(home, 'trunk.toml'));
  await cp(join(root, 'dist'), join(home, 'dist'), { recursive: true });
  await writeFile(join(home, 'hosts.json'), JSON.stringify({ model_hosts: [], embed_origins: origins }));
  execFileSync(setting('UNIMED_XTASK'), ['finish'], { env: { ...process.env, CARGO_MANIFEST_DIR: home } });
  const site = await startSite({ home });
  return {
    ...site,
    headers: await readFile(join(home, 'dist/_headers'), 'utf8'),
    async stop() {
      await site.stop();
      await rm(home, { recursive: true });
    },
  };
}
