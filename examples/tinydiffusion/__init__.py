"""A small but real latent-diffusion fine-tune for the CPU, configured as ai-toolkit's jobs are.

Every setting does to memory and time what it does in the large trainers, so that a monitor has something
true to find. See examples/README.md.
"""
