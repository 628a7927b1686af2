import type { RecentSession } from '../shared/console-state.ts';

const MAX_RECENT = 8;

/** The list with `session` on top; an older entry for the same place and name gives way and hands on its id. */
export function withRecent(list: readonly RecentSession[], session: RecentSession): { list: RecentSession[]; dropped: RecentSession[] } {
  const others = list.filter((other) => !isSamePlace(other, session) && other.id !== session.id);
  const kept = [session, ...others].slice(0, MAX_RECENT);
  return { list: kept, dropped: [...list.filter((other) => other.id !== session.id && isSamePlace(other, session)), ...others.slice(MAX_RECENT - 1)] };
}

/** The entry for the same place and name, whose id and secret are to be reused. */
export function findRecent(list: readonly RecentSession[], place: Pick<RecentSession, 'url' | 'session' | 'identity'>): RecentSession | null {
  return list.find((recent) => isSamePlace(recent, place)) ?? null;
}

function isSamePlace(a: Pick<RecentSession, 'url' | 'session' | 'identity'>, b: Pick<RecentSession, 'url' | 'session' | 'identity'>): boolean {
  return a.url === b.url && a.session === b.session && a.identity === b.identity;
}
