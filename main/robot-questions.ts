import type { ArmHealth } from '../shared/portal/arm-health.ts';
import { toPortalError } from '../shared/portal/errors.ts';
import { REFUSAL_REASONS, CHANGE_REASONS, type HostDescription, type HostReport } from '../shared/portal/host-state.ts';
import { RPC_METHOD } from '../shared/portal/names.ts';
import type { Operator } from '../shared/portal/operator.ts';
import type { Log } from './ports.ts';

const TIMEOUT_MS = 5000;

/** Asks the robot what only our own hosts answer; the peer's simply stay without limits and counters. */
export class RobotQuestions {
  readonly #operator: Operator;
  readonly #log: Log;
  #isAsking = false;

  constructor(operator: Operator, log: Log) {
    this.#operator = operator;
    this.#log = log;
  }

  /** Null when it does not answer, answers something else, or still owes the last answer. */
  describe(): Promise<HostDescription | null> {
    return this.#ask(RPC_METHOD.describe, isDescription);
  }

  /** A host of before the motors told has no arm. */
  async status(): Promise<HostReport | null> {
    const report = await this.#ask(RPC_METHOD.status, isStatus);
    return report === null ? null : { ...report, arm: isArmHealth(report.arm) ? report.arm : null };
  }

  async #ask<Reply>(method: string, isReply: (value: unknown) => value is Reply): Promise<Reply | null> {
    if (this.#isAsking) return null;
    this.#isAsking = true;
    try {
      const reply: unknown = JSON.parse(await this.#operator.performRpc(method, '', { responseTimeoutMs: TIMEOUT_MS }));
      if (isReply(reply)) return reply;
      this.#log.warn('the robot answered something else', { method });
      return null;
    } catch (thrown) {
      this.#log.info('the robot did not answer', { method, error: toPortalError(thrown).message });
      return null;
    } finally {
      this.#isAsking = false;
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of records whose properties are texts and finite numbers as named; the window draws what it is given. */
function isListOf(value: unknown, texts: readonly string[], numbers: readonly string[]): boolean {
  return (
    Array.isArray(value) &&
    value.length <= 1000 &&
    value.every((one: unknown) => isRecord(one) && texts.every((name) => typeof one[name] === 'string') && numbers.every((name) => Number.isFinite(one[name])))
  );
}

function isDescription(value: unknown): value is HostDescription {
  return (
    isRecord(value) &&
    typeof value['version'] === 'string' &&
    typeof value['claimPolicy'] === 'string' &&
    isListOf(value['joints'], ['name', 'unit'], ['min', 'max']) &&
    isListOf(value['cameras'], ['name'], ['width', 'height', 'fps']) &&
    isListOf([value['safety']], [], ['holdAfterMs', 'maxAgeMs', 'slewPercentPerS']) &&
    isListOf(value['methods'], ['name', 'summary', 'payload'], ['timeoutMs'])
  );
}

function isStatus(value: unknown): value is HostReport {
  return (
    isRecord(value) &&
    Number.isFinite(value['executed']) &&
    isListOf([value['state']], ['word', 'reason'], ['sinceUs']) &&
    isListOf([value['refused']], [], REFUSAL_REASONS) &&
    isListOf([value['changed']], [], CHANGE_REASONS) &&
    (value['lastExecuted'] === null || isRecord(value['lastExecuted']))
  );
}

const MOTOR_FIGURES = ['id', 'position', 'degreesPerS', 'loadPercent', 'volts', 'celsius', 'milliamps'];

function isArmHealth(value: unknown): value is ArmHealth {
  if (!isRecord(value) || !Number.isFinite(value['ageMs']) || !isListOf(value['motors'], ['motor'], MOTOR_FIGURES)) return false;
  return (
    isListOf([value['line']], [], ['transactions', 'retries', 'timeouts', 'corrupt']) &&
    (value['motors'] as Record<string, unknown>[]).every(({ faults, limits }) => Array.isArray(faults) && faults.every((fault) => typeof fault === 'string') && isListOf([limits], [], ['celsius', 'minVolts', 'maxVolts', 'loadPercent']))
  );
}
