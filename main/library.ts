/** What a Node program imports from `portal-console`. No Electron is reachable from here. */
export { Operator } from './library/operator.ts';
export { Robot } from './library/robot.ts';
export { OperatorConfig, RobotConfig } from './library/yaml-config.ts';
export { joinSession, useLocalServer } from './library/join-session.ts';
export type { LocalServer, SessionWish } from './library/join-session.ts';
export { announceParticipant } from './transport/announce.ts';
export { mintToken } from './transport/token.ts';
export type { TokenGrants, TokenRequest } from './transport/token.ts';

export { describeError, PortalError } from '../shared/portal/errors.ts';
export type { PortalErrorCode, PortalErrorDetails } from '../shared/portal/errors.ts';
export { validateConfig } from '../shared/portal/config.ts';
export type { ChunkSpec, FieldSpec, PortalConfig, PortalConfigInput, StallBehavior, VideoCodec, VideoSpec } from '../shared/portal/config.ts';
export type { FieldInput, VideoOptions } from '../shared/portal/config-builder.ts';
export type { DType } from '../shared/portal/dtype.ts';
export type { Callback, Unsubscribe } from '../shared/portal/callbacks.ts';
export type { ClaimPolicy } from '../shared/portal/claim-policy.ts';
export type { HostState } from '../shared/portal/host-state.ts';
export type { RpcOptions } from '../shared/portal/link.ts';
export type { PortalMetrics } from '../shared/portal/metrics.ts';
export type { OperatorOptions } from '../shared/portal/operator.ts';
export type { ActionOptions } from '../shared/portal/operator-actions.ts';
export type { DroppedAction, FrameOptions, RobotOptions } from '../shared/portal/robot.ts';
export type { ConnectionState, DisconnectReason, RpcHandler, RpcRequest } from '../shared/portal/transport.ts';
export type { Action, ActionChunk, FrameSource, Observation, ObservedFrame, PixelFormat, Scalar, ShadowAction, ShadowActionChunk, State, Values, VideoFrame } from '../shared/portal/types.ts';
export type { Warning } from '../shared/portal/warn-once.ts';
export type { ChunkColumns } from '../shared/portal/wire.ts';
