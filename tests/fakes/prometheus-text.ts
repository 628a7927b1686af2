/** One scrape, read as Prometheus reads its text format: `name{labels}` to value. Rejects for a line that is neither a comment nor a sample. */
export async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  if (!/^text\/plain; version=0\.0\.4/u.test(response.headers.get('content-type') ?? '')) throw new Error(`content type ${response.headers.get('content-type')}`);
  const samples = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of (await response.text()).split('\n')) {
    const type = /^# TYPE (\S+) (?:counter|gauge)$/u.exec(line);
    if (type !== null) typed.add(type[1] ?? '');
    if (line === '' || line.startsWith('# ')) continue;
    const sample = /^(([a-zA-Z_:][\w:]*)(?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (\S+)$/u.exec(line);
    if (sample === null || !typed.has(sample[2] ?? '') || Number.isNaN(Number(sample[3]))) throw new Error(`not a sample: ${line}`);
    samples.set(sample[1] ?? '', Number(sample[3]));
  }
  return samples;
}
