"""Ready-made callbacks for training frameworks; each module imports its own framework, and only that.

* `tidemark.integrations.transformers.TidemarkCallback` for the transformers `Trainer`
* `tidemark.integrations.lightning.TidemarkCallback` for Lightning, under either of its import names
* `tidemark.integrations.accelerate.TidemarkTracker` for accelerate's `log_with`

None of them can stop or fail a training: what goes wrong inside is logged once, by the logger `tidemark`.
"""
