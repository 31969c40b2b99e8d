/**
 * Numbers as the SDK's core writes them: integers plainly, floats in Go's shortest %g with its e-notation (`1.7953e+09`, `1e-05`),
 * non-finite ones as bare tokens, which no JSON parser accepts (wandb facts 4).
 */
export function wandbNumber(value: number, isInt: boolean): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (isInt || value === 0) return String(value);
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return value.toString();
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
}
