import { computed, watch } from 'vue';
import { report } from '../bridge.ts';
import { padLabel } from '../gamepad-map.ts';
import { clampTo, jointRange } from '../joint-range.ts';
import { keysOf } from '../leader-keys.ts';
import { apartness, deadmanName, isAligning } from '../leader-words.ts';
import { isRobotReachable } from '../robot-reach.ts';
import { useConsoleStore } from '../stores/console.ts';
import { useLayoutStore } from '../stores/layout.ts';
import { useGamepad } from './useGamepad.ts';
import { useJog } from './useJog.ts';
import { useLeader } from './useLeader.ts';
import { useLeaderKeys } from './useLeaderKeys.ts';

/** Everything by which a person at this window moves the leader, and what the joint table shows of it. */
export function useDriveLeader() {
  const portal = useConsoleStore();
  const layout = useLayoutStore();
  const { state } = portal;
  const isDriving = computed(() => state.driver.kind === 'you');
  const kind = computed(() => state.leader?.kind ?? 'none');
  const hasSliders = computed(() => kind.value === 'sim_leader');
  const selected = computed(() => state.joints.find(({ name }) => name === layout.selectedJoint) ?? state.joints[0] ?? null);
  const commandable = computed(() => state.joints.filter((joint) => joint.commandable).map(({ name }) => name));
  /** Why nothing can be moved just now; empty = it can. */
  const obstacle = computed(() => {
    if (!isRobotReachable(state)) return 'The robot cannot be reached.';
    if (state.host.word === 'STOPPED') return 'Stopped: clear the stop to move the joints.';
    if (state.host.task !== undefined) return 'The robot moves by itself; STOP ends that.';
    return isDriving.value ? '' : 'Take control to move the joints.';
  });
  /** The leader can be engaged by the person now. */
  const canEngage = computed(() => isDriving.value && state.leader?.engagement.phase === 'lost' && state.leader.link === 'live');
  const apart = computed(() => (isDriving.value && isAligning(state.leader) ? new Map(apartness(state.joints, portal.telemetry).map(({ name, distance }) => [name, distance])) : null));
  /** How the keys or the pad move a joint, as it stands on the screen. */
  const controlOf = computed(() => {
    const label = kind.value === 'keyboard' ? keysOf : kind.value === 'gamepad' ? padLabel : null;
    return (joint: string): string => label?.(commandable.value.indexOf(joint)) ?? '';
  });
  const deadman = computed(() => (state.leader?.hasDeadman === true ? deadmanName(kind.value) : ''));

  const echo = useLeader((joint, value) => portal.run('setLeaderJoint', { joint, value }));
  watch(isDriving, () => echo.forget());

  function targetOf(joint: string): number | null {
    return echo.asked(joint) ?? state.leader?.target[joint] ?? null;
  }

  function jog(delta: number): void {
    const joint = selected.value;
    if (joint === null || !joint.commandable) return;
    const target = targetOf(joint.name);
    if (target !== null) echo.set(joint.name, clampTo(target + delta, jointRange(joint)));
  }

  function select(step: -1 | 1): void {
    const at = state.joints.findIndex(({ name }) => name === selected.value?.name);
    const next = state.joints[Math.min(state.joints.length - 1, Math.max(0, at + step))];
    if (next !== undefined) layout.selectedJoint = next.name;
  }

  useJog({ isEnabled: () => hasSliders.value && obstacle.value === '', move: jog, select });
  useLeaderKeys({
    joints: () => (kind.value === 'keyboard' ? commandable.value : []),
    isEnabled: () => isDriving.value && (kind.value === 'keyboard' || (deadman.value !== '' && kind.value !== 'gamepad')),
    tell: (input) => report('leaderInput', input),
  });
  useGamepad({ joints: () => commandable.value, isEnabled: () => kind.value === 'gamepad', tell: (input) => report('leaderInput', input) });

  return { isDriving, kind, hasSliders, selected, obstacle, canEngage, apart, controlOf, deadman, targetOf, move: echo.set };
}
