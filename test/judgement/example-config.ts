/** A small hand-written configuration that the newest fork profile would launch: mixed layout on purpose. */
export const exampleText = `{
  "dataset": {
    "repo_id": "lab/target", "root": "data/target",
    "episodes": null,
    "image_transforms": { "enable": true }
  },
  "policy": {
    "type": "act",
    "push_to_hub": false,
    "chunk_size": 20,
    "n_action_steps": 20,
    "optimizer_lr": 1e-05,
    "optimizer_lr_backbone": 1e-05
  },
  "batch_size": 8,
  "steps": 2000,
  "eval_freq": 200,
  "seed": 42,
  "output_dir": "outputs/example",
  "wandb": { "enable": true, "disable_artifact": true },
  "ot": {
    "enable": true,
    "src_repo_id": "lab/source",
    "pair_info_path": "pairs.json",
    "bc_src_weight": 0.90,
    "lambda_ot": 0.1,
    "obs_keys": ["observation.images.front", "observation.images.wrist"],
    "window_size": 8,
    "topk_src_episodes": 15,
    "loss_config": {
      "reg": 0.5,
      "tau_src": 1.0,
      "tau_tgt": 1.0,
      "heuristic": true,
      "features": [
        {
          "src_key": "observation.images.front",
          "use_learned_embed": true,
          "weight_embed": 0.3,
          "weight_label": 0.0
        },
        {
          "src_key": "observation.images.wrist",
          "term_name": "wrist",
          "use_learned_embed": true,
          "weight_embed": 0.3,
          "weight_label": 0.0
        },
        {
          "src_key": "action",
          "tgt_key": "action",
          "dim_slice": [0, 8],
          "use_learned_embed": false,
          "weight_embed": 0.0,
          "weight_label": 0.001,
          "term_name": "action_lbl"
        }
      ]
    }
  }
}
`;

/** The example with one piece of its text exchanged; fails loudly when the piece is not there exactly once. */
export function exampleWith(piece: string, replacement: string): string {
  if (exampleText.split(piece).length !== 2) throw new Error(`not there exactly once: ${piece}`);
  return exampleText.replace(piece, () => replacement);
}
