"""Reads and writes calibration files with lerobot's own code, without importing lerobot (which would need torch).

Its dataclass and its two methods are taken from the sources as they are and run with the real draccus; where its files lie is
asked of its constants module. One JSON answer on standard output.
"""
import ast
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import draccus

PACKAGE = Path(importlib.util.find_spec("lerobot").submodule_search_locations[0])


def source_of(file, name):
    tree = ast.parse((PACKAGE / file).read_text())
    return next(node for node in ast.walk(tree) if getattr(node, "name", None) == name)


def run(nodes, names):
    module = ast.Module(body=nodes, type_ignores=[])
    exec(compile(ast.fix_missing_locations(module), "lerobot", "exec"), names)
    return names


def arm():
    names = run([source_of("motors/motors_bus.py", "MotorCalibration")], {"dataclass": dataclass, "__name__": "lerobot"})
    methods = [source_of("robots/robot.py", name) for name in ("_load_calibration", "_save_calibration")]
    return run(methods, {**names, "draccus": draccus, "Path": Path})


class Arm:
    calibration = {}


def main():
    command, *paths = sys.argv[1:]
    if command == "root":
        spec = importlib.util.spec_from_file_location("constants", PACKAGE / "utils" / "constants.py")
        constants = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(constants)
        return {"root": str(constants.HF_LEROBOT_CALIBRATION)}
    code, robot = arm(), Arm()
    try:
        code["_load_calibration"](robot, Path(paths[0]))
    except Exception as error:
        return {"refused": type(error).__name__}
    code["_save_calibration"](robot, Path(paths[1]))
    return {"loaded": {motor: vars(part) for motor, part in robot.calibration.items()}}


print(json.dumps(main()))
