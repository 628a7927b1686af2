import { startTask, type Task } from '../../scripts/setup/progress.ts';

/** Runs a step of the project's set-up and tells of it only when there was something to do. */
export async function setUp<T>(what: string, ensure: (task: Task) => Promise<T>): Promise<T> {
  const task = startTask(what);
  try {
    return await ensure(task);
  } finally {
    task.done(null);
  }
}
