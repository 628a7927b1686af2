import { OperatorConfig as PortalOperatorConfig, RobotConfig as PortalRobotConfig, type ConfigBuilder, type ConfigBuilderClass } from '../../shared/portal/config-builder.ts';
import type { Role } from '../../shared/portal/names.ts';
import { parsePortalYaml } from '../../shared/portal-yaml.ts';
import { readTextFile } from '../text-file.ts';

/** A config class that also reads the file both sides share. */
export interface YamlConfigClass<R extends Role> extends ConfigBuilderClass<R> {
  /** The config in a portal.yaml's text, ready to be changed in code. Throws YAML_INVALID with line, column and what is allowed there. */
  fromYaml(text: string, session: string): ConfigBuilder<R>;
  /** As `fromYaml`, from a file. Throws FILE_UNREADABLE too. */
  fromYamlFile(path: string, session: string): ConfigBuilder<R>;
}

function withYaml<R extends Role>(Builder: ConfigBuilderClass<R>): YamlConfigClass<R> {
  return class extends Builder {
    static fromYaml(text: string, session: string): ConfigBuilder<R> {
      return this.fromConfig(parsePortalYaml(text, { session }));
    }

    static fromYamlFile(path: string, session: string): ConfigBuilder<R> {
      return this.fromConfig(parsePortalYaml(readTextFile(path), { session, file: path }));
    }
  };
}

/** Config of a robot. */
export const RobotConfig: YamlConfigClass<'robot'> = withYaml(PortalRobotConfig);
export type RobotConfig = ConfigBuilder<'robot'>;

/** Config of an operator. */
export const OperatorConfig: YamlConfigClass<'operator'> = withYaml(PortalOperatorConfig);
export type OperatorConfig = ConfigBuilder<'operator'>;
