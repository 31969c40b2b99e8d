/**
 * What makes the SDK log through the tap. Few and short tries: the relay always answers, so who gets no answer has lost
 * it, and with the SDK's own patience (10085 tries) a training would never come to its end. Measured with 0.21.4 and
 * 0.31.0: 18 s from the last step to the exit, with a complete `.wandb` file.
 */
export function tapVariables(tap: {
  readonly url: string;
  readonly key: string;
  /** Where people look at runs; null: nowhere. */
  readonly appUrl: string | null;
}): Record<string, string> {
  return {
    WANDB_BASE_URL: tap.url,
    WANDB_API_KEY: tap.key,
    // Integer seconds; less than 1 counts as the default of 15 (wandb facts 12).
    WANDB__FILE_STREAM_TRANSMIT_INTERVAL: "1",
    ...patience("FILE_STREAM", 4),
    ...patience("GRAPHQL", 4),
    ...patience("FILE_TRANSFER", 2),
    // Without it the trainer's log names pages of the relay.
    ...(tap.appUrl === null ? {} : { WANDB_APP_URL: tap.appUrl }),
  };
}

function patience(requests: string, tries: number): Record<string, string> {
  return {
    [`WANDB__${requests}_RETRY_MAX`]: String(tries),
    [`WANDB__${requests}_RETRY_WAIT_MIN_SECONDS`]: "1",
    [`WANDB__${requests}_RETRY_WAIT_MAX_SECONDS`]: "2",
  };
}
