const PROXY_VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'];

/**
 * The engine sends every connection through the proxy of the environment, also one to this very machine, and does not know
 * NO_PROXY: where a proxy is set, not even our own local server could be reached. So the proxy is taken out of this process's
 * environment for a server that must not be reached through it; the engine reads it anew for each connection.
 */
export function bypassProxyFor(url: string, env: NodeJS.ProcessEnv = process.env): void {
  if (!isDirect(new URL(url).hostname, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return;
  for (const name of PROXY_VARIABLES) delete env[name];
}

/** Loopback, and what NO_PROXY lists: `*`, a host, or a domain with all hosts in it. */
function isDirect(host: string, noProxy: string): boolean {
  if (host === 'localhost' || host === '[::1]' || host.startsWith('127.')) return true;
  const entries = noProxy.split(',').map((entry) => entry.trim().replace(/^\*?\./, '').replace(/:\d+$/, ''));
  return entries.some((entry) => entry === '*' || (entry !== '' && (host === entry || host.endsWith(`.${entry}`))));
}
