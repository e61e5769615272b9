"""Tests of ``zc_pipeline.isolation``, with makers of files that mean harm (``hostile``)."""
