/**
 * The plan's intent with computed steps (search facts 7, trainer facts 15): a break before the mass, the mass before its
 * fine tuning, OT before behaviour cloning, and one explorer where nothing is wrong.
 */
import type { Rule } from "../rules.ts";
import { batchSize, learningRate } from "./calibrated/cloning.ts";
import { cureBreakRule } from "./calibrated/cure-break.ts";
import { explore } from "./calibrated/explore.ts";
import { calibrateLabel, dampLabel } from "./calibrated/label.ts";
import { lambdaControl } from "./calibrated/lambda-control.ts";
import { liftMass } from "./calibrated/lift-mass.ts";
import { tightenMass } from "./calibrated/tighten-mass.ts";

export const calibratedRules: readonly Rule[] = [
  cureBreakRule,
  liftMass,
  calibrateLabel,
  tightenMass,
  dampLabel,
  lambdaControl,
  learningRate,
  batchSize,
  explore,
];
