"""Figures: cells, traces and gradients in; scenes, and SVG and TikZ of them, out."""
