/** An expression of the workflow language, as it stands in a text. */
export function expression(text: string): string {
  return `\${{ ${text} }}`;
}
