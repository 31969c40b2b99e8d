/** Where things are in a repository unless its people say otherwise. */

export const SETTINGS_PATH = ".github/autoloop.yml";
export const CONFIGS = "src/lerobot/scripts/train_config";
export const REPORTS = `${CONFIGS}/reports`;
export const REPORT = "act_ot.md";
export const USUAL_REPORT = `${REPORTS}/${REPORT}`;
