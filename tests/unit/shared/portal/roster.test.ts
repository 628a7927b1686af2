import { describe, expect, it } from 'vitest';
import { ATTRIBUTE } from '../../../../shared/portal/names.ts';
import { Roster, type RosterChange } from '../../../../shared/portal/roster.ts';
import type { Peer } from '../../../../shared/portal/transport.ts';

interface Look {
  role?: string;
  points?: string;
  host?: string;
  session?: string;
}

function peer(identity: string, { role, points, host, session = `${identity}-1` }: Look = {}): Peer {
  const attributes: Record<string, string> = {};
  if (role !== undefined) attributes[ATTRIBUTE.role] = role;
  if (points !== undefined) attributes[ATTRIBUTE.activeOperator] = points;
  if (host !== undefined) attributes[ATTRIBUTE.hostState] = host;
  return { identity, sessionId: session, attributes };
}

const robot = (identity: string, look: Look = {}): Peer => peer(identity, { ...look, role: 'robot' });
const operator = (identity: string, look: Look = {}): Peer => peer(identity, { ...look, role: 'operator' });

/** `robot-pinned r`, `second-robot m beside r`, `active-operator-changed null`, … */
function said(changes: RosterChange[]): string[] {
  return changes.map((change) => {
    switch (change.kind) {
      case 'robot-pinned':
      case 'robot-left':
        return `${change.kind} ${change.peer.identity} ${change.peer.sessionId}`;
      case 'second-robot':
        return `${change.kind} ${change.identity} beside ${change.pinned}`;
      case 'host-state-changed':
        return `${change.kind} ${change.text}`;
      default:
        return `${change.kind} ${change.identity}`;
    }
  });
}

describe('the roster', () => {
  it('is nobody at first', () => {
    const roster = new Roster(null);
    expect([roster.peers, roster.operators, roster.robot, roster.activeOperator, roster.hostState]).toEqual([[], [], null, null, null]);
  });

  it('tells of operators that come and go, once', () => {
    const roster = new Roster(null);
    expect(said(roster.joined(operator('a')))).toEqual(['operator-joined a']);
    expect(said(roster.joined(operator('a')))).toEqual([]);
    expect(said(roster.attributes(operator('a')))).toEqual([]);
    expect(said(roster.joined(operator('b')))).toEqual(['operator-joined b']);
    expect(roster.operators).toEqual(['a', 'b']);
    expect(said(roster.left(operator('a')))).toEqual(['operator-left a']);
    expect(said(roster.left(operator('a')))).toEqual([]);
    expect([roster.operators, roster.has('a'), roster.has('b'), roster.peer('a')]).toEqual([['b'], false, true, null]);
  });

  it('takes a participant without a role for nobody until the role arrives', () => {
    const roster = new Roster(null);
    expect(said(roster.joined(peer('a')))).toEqual([]);
    expect([roster.has('a'), roster.operators]).toEqual([true, []]);
    expect(said(roster.attributes(operator('a')))).toEqual(['operator-joined a']);
    expect(said(roster.attributes(peer('a', { role: 'supervisor' })))).toEqual(['operator-left a']);
  });

  it('ignores participants without an identity', () => {
    const roster = new Roster(null);
    expect([...roster.joined(robot('')), ...roster.attributes(robot('')), ...roster.left(robot(''))]).toEqual([]);
    expect(roster.peers).toEqual([]);
  });

  it('takes a new session of an identity for its departure and return', () => {
    const roster = new Roster(null);
    roster.joined(operator('a'));
    expect(said(roster.joined(operator('a', { session: 'a-2' })))).toEqual(['operator-left a', 'operator-joined a']);
    expect(roster.peer('a')?.sessionId).toBe('a-2');
  });

  it('ignores late news of a session that is gone', () => {
    const roster = new Roster(null);
    roster.joined(operator('a', { session: 'a-2' }));
    expect([...roster.left(operator('a')), ...roster.attributes(peer('a')), ...roster.attributes(robot('ghost'))]).toEqual([]);
    expect([roster.operators, roster.robot]).toEqual([['a'], null]);
  });

  it('is empty after clear, and pins anew', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a', host: '{}' }));
    roster.joined(operator('a'));
    expect(said(roster.clear())).toEqual(['robot-left r r-1', 'operator-left a', 'host-state-changed null', 'active-operator-changed null']);
    expect(said(roster.clear())).toEqual([]);
    expect(said(roster.joined(robot('m')))).toEqual(['robot-pinned m m-1']);
    expect(said(roster.joined(robot('r')))).toEqual(['second-robot r beside m']);
  });
});

describe('the pointer', () => {
  it('is the pinned robot\'s attribute, and empty means nobody', () => {
    const roster = new Roster(null);
    expect(said(roster.joined(robot('r', { points: 'a' })))).toEqual(['robot-pinned r r-1', 'active-operator-changed a']);
    expect(said(roster.attributes(robot('r', { points: 'b' })))).toEqual(['active-operator-changed b']);
    expect(said(roster.attributes(robot('r', { points: 'b' })))).toEqual([]);
    expect(said(roster.attributes(robot('r', { points: '' })))).toEqual(['active-operator-changed null']);
    expect(said(roster.attributes(robot('r')))).toEqual([]);
    expect(roster.activeOperator).toBeNull();
  });

  it('stays when the operator leaves that it names', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a' }));
    roster.joined(operator('a'));
    expect(said(roster.left(operator('a')))).toEqual(['operator-left a']);
    expect(roster.activeOperator).toBe('a');
  });

  it('is nobody while the robot is away', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a' }));
    expect(said(roster.left(robot('r')))).toEqual(['robot-left r r-1', 'active-operator-changed null']);
    expect(said(roster.joined(robot('r', { points: 'a', session: 'r-2' })))).toEqual(['robot-pinned r r-2', 'active-operator-changed a']);
  });

  it('is not taken from an operator, or from a second robot', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a' }));
    roster.joined(operator('x', { points: 'x' }));
    roster.joined(robot('m', { points: 'm' }));
    expect(roster.activeOperator).toBe('a');
  });
});

describe('the host state', () => {
  it('is the pinned robot\'s, as it wrote it', () => {
    const roster = new Roster(null);
    expect(said(roster.joined(robot('r', { host: '{"word":"ACTIVE"}' })))).toEqual(['robot-pinned r r-1', 'host-state-changed {"word":"ACTIVE"}']);
    expect(said(roster.attributes(robot('r', { host: 'x' })))).toEqual(['host-state-changed x']);
    expect(said(roster.attributes(robot('r', { host: 'x' })))).toEqual([]);
    roster.joined(robot('m', { host: 'forged' }));
    expect(roster.hostState).toBe('x');
    expect(said(roster.attributes(robot('r')))).toEqual(['host-state-changed null']);
  });
});

describe('the robot', () => {
  it('is the first one seen, and a second claimant changes nothing and raises an alarm, once', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a', host: 'h' }));
    expect(said(roster.joined(robot('m', { points: 'm', host: 'forged' })))).toEqual(['second-robot m beside r']);
    expect(said(roster.attributes(robot('m', { points: 'x' })))).toEqual([]);
    expect([roster.robot?.identity, roster.activeOperator, roster.hostState]).toEqual(['r', 'a', 'h']);
    expect([roster.isRobot(robot('r')), roster.isRobot(robot('m')), roster.isRobot(null)]).toEqual([true, false, false]);
  });

  it('is not an operator that later claims the role', () => {
    const roster = new Roster(null);
    roster.joined(robot('r'));
    roster.joined(operator('a'));
    expect(said(roster.attributes(robot('a')))).toEqual(['operator-left a', 'second-robot a beside r']);
    expect(said(roster.attributes(operator('a')))).toEqual(['operator-joined a']);
    expect(said(roster.attributes(robot('a')))).toEqual(['operator-left a', 'second-robot a beside r']);
  });

  it('may be stood in for by the longest known claimant when it leaves', () => {
    const roster = new Roster(null);
    roster.joined(robot('r'));
    roster.joined(peer('late'));
    roster.joined(robot('m'));
    roster.attributes(robot('late'));
    expect(said(roster.left(robot('r')))).toEqual(['robot-left r r-1', 'robot-pinned m m-1']);
    expect(roster.robot?.identity).toBe('m');
    expect(said(roster.left(robot('m')))).toEqual(['robot-left m m-1', 'robot-pinned late late-1']);
    expect(said(roster.left(robot('late')))).toEqual(['robot-left late late-1']);
    expect(roster.robot).toBeNull();
  });

  it('is itself again when it returns', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a' }));
    roster.joined(robot('m', { points: 'm' }));
    roster.left(robot('r'));
    expect(roster.activeOperator).toBe('m');
    expect(said(roster.joined(robot('r', { points: 'a', session: 'r-2' })))).toEqual([
      'robot-left m m-1', 'robot-pinned r r-2', 'second-robot m beside r', 'active-operator-changed a',
    ]);
    expect(said(roster.left(robot('m')))).toEqual([]);
    expect(roster.robot?.identity).toBe('r');
  });

  it('counts only in its present session', () => {
    const roster = new Roster(null);
    roster.joined(robot('r'));
    expect(said(roster.joined(robot('r', { session: 'r-2' })))).toEqual(['robot-left r r-1', 'robot-pinned r r-2']);
    expect([roster.isRobot(robot('r')), roster.isRobot(robot('r', { session: 'r-2' }))]).toEqual([false, true]);
  });

  it('is gone when it gives up the role', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a' }));
    expect(said(roster.attributes(operator('r', { points: 'a' })))).toEqual(['robot-left r r-1', 'operator-joined r', 'active-operator-changed null']);
  });

  it('is the configured identity and never another one', () => {
    const roster = new Roster('r');
    expect(said(roster.joined(robot('m', { points: 'm' })))).toEqual(['second-robot m beside null']);
    expect([roster.robot, roster.activeOperator]).toEqual([null, null]);
    expect(said(roster.joined(peer('r')))).toEqual([]);
    expect(said(roster.attributes(robot('r', { points: 'a' })))).toEqual(['robot-pinned r r-1', 'active-operator-changed a']);
    expect(said(roster.left(robot('r')))).toEqual(['robot-left r r-1', 'active-operator-changed null']);
    expect(roster.robot).toBeNull();
    expect(said(roster.joined(robot('r', { session: 'r-2' })))).toEqual(['robot-pinned r r-2']);
  });

  it('does not become harder to find by claimants that come and go', () => {
    const roster = new Roster(null);
    roster.joined(robot('r', { points: 'a' }));
    for (let ghost = 0; ghost < 1000; ghost++) {
      expect(said(roster.joined(robot(`ghost ${ghost}`)))).toEqual([`second-robot ghost ${ghost} beside r`]);
      expect(said(roster.left(robot(`ghost ${ghost}`)))).toEqual([]);
    }
    roster.left(robot('r'));
    expect(roster.robot).toBeNull();
    expect(said(roster.joined(robot('r', { session: 'r-2' })))).toEqual(['robot-pinned r r-2']);
  });
});
