"""Tests of ``zc_pipeline.parse`` and ``zc_pipeline.model``."""
