"""What a deployment needs beside the program: units, a container file, a proxy's configuration, its storage.

Nothing of the pipeline belongs here, and nothing that a run imports: these are files to put in place, and the
program that writes the instance's ``dagster.yaml``. How to use them: ``docs/deploy.md``.
"""
