import { validateConfig, type PortalConfigInput } from '../../shared/portal/config.ts';
import { Operator, type OperatorOptions } from '../../shared/portal/operator.ts';
import { Robot, type RobotOptions } from '../../shared/portal/robot.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { LoopbackConditions } from '../../main/transport/loopback-conditions.ts';
import { LoopbackRoom, type LoopbackTokenOptions } from '../../main/transport/loopback-room.ts';

export const CONFIG: PortalConfigInput = {
  session: 's',
  pingMs: 0,
  state: [{ name: 'a', dtype: 'f64' }, { name: 'b', dtype: 'i8' }],
  action: [{ name: 'a', dtype: 'f64' }, { name: 'on', dtype: 'bool' }],
  actionChunks: [{ name: 'act', horizon: 3, fields: [{ name: 'a', dtype: 'f64' }] }],
};

/** Robots and operators on the twin, torn down together. */
export class SessionKit {
  readonly room: LoopbackRoom;
  readonly #config: PortalConfigInput;
  readonly #members: { disconnect(): Promise<void> }[] = [];

  constructor(config: Partial<PortalConfigInput> = {}, conditions: Partial<LoopbackConditions> = {}) {
    this.#config = { ...CONFIG, ...config };
    this.room = new LoopbackRoom({ clock: systemClock, conditions });
  }

  /** A robot that is connected. */
  async robot(identity = 'robot', options: RobotOptions & LoopbackTokenOptions = {}, config: Partial<PortalConfigInput> = {}): Promise<Robot> {
    const robot = this.newRobot(identity, options, config);
    await robot.connect();
    return robot.robot;
  }

  newRobot(identity: string, options: RobotOptions & LoopbackTokenOptions = {}, config: Partial<PortalConfigInput> = {}): { robot: Robot; connect: () => Promise<void> } {
    const transport = this.room.join(identity, options);
    const robot = new Robot(validateConfig({ ...this.#config, ...config }), { transport, clock: systemClock }, options);
    this.#members.push(robot);
    return { robot, connect: () => robot.connect(transport.url, transport.token) };
  }

  /** An operator that is connected; with a robot in the room, it has seen it. */
  async operator(identity: string, options: OperatorOptions & LoopbackTokenOptions = {}, config: Partial<PortalConfigInput> = {}): Promise<Operator> {
    const operator = this.newOperator(identity, options, config);
    await operator.connect();
    return operator.operator;
  }

  newOperator(identity: string, options: OperatorOptions & LoopbackTokenOptions = {}, config: Partial<PortalConfigInput> = {}): { operator: Operator; connect: () => Promise<void> } {
    const transport = this.room.join(identity, options);
    const operator = new Operator(validateConfig({ ...this.#config, ...config }), { transport, clock: systemClock }, options);
    this.#members.push(operator);
    return { operator, connect: () => operator.connect(transport.url, transport.token) };
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.disconnect()));
  }
}

/** Waits until `condition` holds; fails with `what` at the deadline. */
export async function until(what: string, condition: () => boolean, deadlineMs = 5000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Lets everything run that is due at once on a room without delay. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
