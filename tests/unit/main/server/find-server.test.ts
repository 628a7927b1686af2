import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLivekitServer } from '../../../../main/server/find-server.ts';
import { cachedServerPath, serverFileName } from '../../../../main/server/server-release.ts';
import { PortalError } from '../../../../shared/portal/errors.ts';

describe('findLivekitServer', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'find-server-')); });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  function program(path: string): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '#!/bin/sh\n');
    chmodSync(path, 0o755);
    return path;
  }
  function failure(env: NodeJS.ProcessEnv): PortalError {
    try {
      findLivekitServer(env);
    } catch (thrown) {
      if (thrown instanceof PortalError) return thrown;
    }
    throw new Error('expected a PortalError');
  }

  it('takes LIVEKIT_SERVER_BIN before the PATH before the cache', () => {
    const cache = { XDG_CACHE_HOME: join(folder, 'cache') };
    const cached = program(cachedServerPath(cache));
    expect(findLivekitServer(cache)).toBe(cached);
    const onPath = program(join(folder, 'bin', serverFileName()));
    expect(findLivekitServer({ ...cache, PATH: dirname(onPath) })).toBe(onPath);
    const chosen = program(join(folder, 'mine'));
    expect(findLivekitServer({ ...cache, PATH: dirname(onPath), LIVEKIT_SERVER_BIN: chosen })).toBe(chosen);
  });

  it('says what to do when there is none', () => {
    const error = failure({ XDG_CACHE_HOME: folder, PATH: folder });
    expect(error.code).toBe('SERVER_MISSING');
    expect(error.details.fix).toContain('npm run setup');
  });

  it('names a LIVEKIT_SERVER_BIN that does not run instead of passing it over', () => {
    const onPath = program(join(folder, serverFileName()));
    const error = failure({ PATH: dirname(onPath), LIVEKIT_SERVER_BIN: join(folder, 'absent') });
    expect(error.code).toBe('SERVER_MISSING');
    expect(error.details.got).toBe(join(folder, 'absent'));
  });

  it('does not take a folder or a file that cannot be run', () => {
    mkdirSync(join(folder, 'a', serverFileName()), { recursive: true });
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', serverFileName()), '');
    expect(failure({ XDG_CACHE_HOME: folder, PATH: `${join(folder, 'a')}:${join(folder, 'b')}` }).code).toBe('SERVER_MISSING');
  });
});
