import { app } from 'electron';
import { keepHelpersInside } from '../../electron/lean-runtime.ts';

// Built by lean-runtime.spec.ts: the shortest life a role without a window can have.
const mayExit = keepHelpersInside();
void app.whenReady().then(mayExit).then(() => app.exit(7));
