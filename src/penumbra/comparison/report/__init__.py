"""A report of a comparison: Markdown, HTML and numbers, with plots and pictures."""

from penumbra.comparison.report.writing import write_report

__all__ = ["write_report"]
