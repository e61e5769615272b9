"""The Dagster UI as a person uses it, in Debian's Chromium.

``ZC_WRITE_SCREENSHOTS=1`` writes the pictures of docs/images anew while the tests run; nothing compares them.
"""
