/** Numbers as Python prints them. */

/** `json.dumps` of a float: 20.0, 1e-05, NaN, Infinity. */
export function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) return `${mantissa}e${exponentDigits(exponent)}`;
  const plain = exponent < -6 ? value.toFixed(20).replace(/0+$/, "") : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** `repr` of a float: nan and inf in lower case. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return floatLiteral(value);
}

/** `f"{value:.3f}"`. */
export function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : floatRepr(value);
}

/** `f"{value:0.1e}"`: 1.0e-05. */
export function scientific(value: number, digits: number): string {
  if (!Number.isFinite(value)) return floatRepr(value);
  const [mantissa = "", exponent = "0"] = value.toExponential(digits).split("e");
  return `${mantissa}e${exponentDigits(Number(exponent))}`;
}

/** `f"{value:.0f}"`: halves go to the even neighbour. */
function rounded(value: number): string {
  if (!Number.isFinite(value)) return floatRepr(value);
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return String(isHalf ? floor + (floor % 2) : Math.round(value));
}

/** The trainer's big numbers: 400, 1K for 1000 to 1499, 2K for 1500 and 2500 (trainer facts 8). */
export function bigNumber(value: number): string {
  let rest = value;
  for (const suffix of ["", "K", "M", "B", "T"]) {
    if (Math.abs(rest) < 1000) return rounded(rest) + suffix;
    rest /= 1000;
  }
  return `${rounded(rest)}Q`;
}

function exponentDigits(exponent: number): string {
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${exponent < 0 ? "-" : "+"}${digits}`;
}
