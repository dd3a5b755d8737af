// The site as it is when its hosts.json lets other sites frame embed.html.

import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, startSite } from './surroundings.mjs';

/// Serves dist/ with another hosts.json, and with the list that `cargo xtask finish` writes from it.
export async function startEmbeddableSite(origins) {
  const home = await mkdtemp(join(tmpdir(), 'unimed-embed-'));
  await copyFile(join(root, 'trunk.toml'), join(home, 'trunk.toml'));
  await writeFile(join(home, 'hosts.json'), JSON.stringify({ model_hosts: [], embed_origins: origins }));
  await mkdir(join(home, 'dist'));
  for (const name of await readdir(join(root, 'dist'))) {
    if (name !== 'embed.json') await symlink(join(root, 'dist', name), join(home, 'dist', name));
  }
  await writeFile(join(home, 'dist/embed.json'), JSON.stringify({ origins }));
  const site = await startSite({ home });
  return {
    ...site,
    async stop() {
      await site.stop();
      await rm(home, { recursive: true });
    },
  };
}
